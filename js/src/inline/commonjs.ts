// throughline.inline.cjs, the entry `throughline/inline` for require().

import { withDefault } from '../commonjs.js';
import throughline from './index.js';

module.exports = withDefault(throughline);
