// throughline.mixpanel.mjs, the entry `throughline/mixpanel` for bundlers. During server rendering it can be imported too: every method exists
// and does nothing.

import type { CoreModule } from '../border.js';
import { serverShim } from '../server-shim.js';
import { sharedShim } from '../shared-shim.js';
import { createMixpanel } from './mixpanel.js';

export type * from './types.js';

// @ts-expect-error The file exists beside this one only in the package. Bundlers make a chunk of it.
const load = (): Promise<CoreModule> => import('./throughline.core.js');

/** mixpanel-browser's library object. */
const mixpanel = /* @__PURE__ */ createMixpanel(
  typeof document === 'object' ? /* @__PURE__ */ sharedShim(load) : serverShim,
);
export default mixpanel;
