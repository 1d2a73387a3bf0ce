import { parse, stringify } from './serialise.js';

/**
 * What the core uses of the language and the browser and a page may replace, as it was when this script began: the core is loaded later,
 * and takes these in place of what it finds then (js/build.mjs writes how). A function, for not all of it is there where a test runs.
 */
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
