// throughline.inline.mjs, the entry `throughline/inline` for bundlers that write one file, and for pages that can load no second one.

import { pageShim } from '../page-shim.js';
import { serverShim } from '../server-shim.js';
import { createThroughline } from '../throughline.js';
import { start } from './core.js';

export type * from '../types.js';

const load = async () => ({ [RELEASE]: start });

/** The default tracker, and the way to make others. */
const throughline = /* @__PURE__ */ createThroughline(
  typeof document === 'object' ? /* @__PURE__ */ pageShim(load) : serverShim,
);
export default throughline;
