// throughline.mjs, for bundlers. Importing it during server rendering does nothing: every method is there and stays quiet.

import type { CoreModule } from './border.js';
import { pageShim } from './page-shim.js';
import { serverShim } from './server-shim.js';
import { createThroughline } from './throughline.js';

export type * from './types.js';

// @ts-expect-error The file lies beside this one in the package; bundlers make a chunk of it.
const load = (): Promise<CoreModule> => import('./throughline.core.js');

/** The default tracker, and the way to make others. */
const throughline = /* @__PURE__ */ createThroughline(
  typeof document === 'object' ? /* @__PURE__ */ pageShim(load) : serverShim,
);
export default throughline;
