import type { Shim } from './shim.js';

/** The shim where there is no page, as in server rendering: nothing is made of any call. */
export const noPage: Shim = {
  trackers: [],
  open() {},
  make: () => undefined,
  ask: () => undefined,
  up: async () => false,
  flush: async () => false,
};
