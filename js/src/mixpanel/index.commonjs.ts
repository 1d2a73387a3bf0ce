// throughline.mixpanel.cjs, the entry `throughline/mixpanel` for require().

import { load, withDefault } from '../commonjs.js';
import { serverShim } from '../server-shim.js';
import { sharedShim } from '../shared-shim.js';
import { createMixpanel } from './mixpanel.js';

module.exports = withDefault(createMixpanel(typeof document === 'object' ? sharedShim(load) : serverShim));
