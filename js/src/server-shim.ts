import type { Shim } from './shim.js';

/** The shim where there is no page, as in server rendering: nothing is made of any call. */
export const serverShim: Shim = {
  trackers: [],
  open() {},
  dispatch: () => undefined,
  readProperty: () => undefined,
  whenReady: async () => false,
  flush: async () => false,
};
