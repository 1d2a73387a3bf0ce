// The shim for server rendering, where there is no page.

import type { Shim } from './shim.js';

/** A shim that ignores every call. */
export const serverShim: Shim = {
  trackers: [],
  open() {},
  dispatch: () => undefined,
  readProperty: () => undefined,
  whenReady: async () => false,
  flush: async () => false,
};
