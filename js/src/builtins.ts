// The built-ins that the core uses. The core is loaded when the page's own scripts may already have replaced them (Prototype.js, Zone.js,
// and error monitors do), so the shim, which runs first, hands it the originals.

import { parse, stringify } from './serialise.js';

/** Returns the built-ins. js/build.mjs generates the function that takes them. This is a function because Node lacks some of them. */
export const originalBuiltins = () => ({
  JSON: { parse, stringify },
  Map,
  Promise,
  Set,
  TextDecoder,
  TextEncoder,
  addEventListener,
  clearTimeout,
  fetch,
  setTimeout,
});
