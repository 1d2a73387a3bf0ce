// The shim for server rendering, where there is no page.

import { pageHost } from './host.js';
import type { Shim } from './shim.js';

/** A shim that ignores every call. */
export const serverShim: Shim = {
  host: pageHost(() => Promise.reject()),
  trackers: [],
  open() {},
  dispatch: () => undefined,
  lastRequest: () => undefined,
  readProperty: () => undefined,
  whenReady: async () => false,
  flush: async () => false,
};
