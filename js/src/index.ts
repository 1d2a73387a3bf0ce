// throughline.mjs, for bundlers. Importing it during server rendering does nothing: every method is there and stays quiet.

import { loadCoreFrom } from './load.js';
import { createThroughline } from './throughline.js';

export type * from './types.js';

// @ts-expect-error The file lies beside this one in the package; bundlers make a chunk of it.
loadCoreFrom(() => import('./throughline.core.js'));

/** The default tracker. */
const throughline = createThroughline();
export default throughline;
