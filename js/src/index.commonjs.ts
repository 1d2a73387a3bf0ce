// throughline.cjs, the entry for require().

import { load, withDefault } from './commonjs.js';
import { pageShim } from './page-shim.js';
import { serverShim } from './server-shim.js';
import { createThroughline } from './throughline.js';

module.exports = withDefault(createThroughline(typeof document === 'object' ? pageShim(load) : serverShim));
