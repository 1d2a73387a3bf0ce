// throughline.mjs, the entry for bundlers. During server rendering it can be imported too: every method exists and does nothing.

import type { CoreModule } from './border.js';
import { pageShim } from './page-shim.js';
import { serverShim } from './server-shim.js';
import { createThroughline } from './throughline.js';

export type * from './types.js';

// @ts-expect-error The file exists beside this one only in the package. Bundlers make a chunk of it.
const load = (): Promise<CoreModule> => import('./throughline.core.js');

/** The default tracker, and the way to make others. */
const throughline = /* @__PURE__ */ createThroughline(
  typeof document === 'object' ? /* @__PURE__ */ pageShim(load) : serverShim,
);
export default throughline;
