// Types of the global variable of throughline.js, for sites that load it with a script tag:
//   /// <reference types="throughline/global" />

import type { Throughline } from 'throughline';

declare global {
  var throughline: Throughline;
  interface Window {
    throughline: Throughline;
  }
}
