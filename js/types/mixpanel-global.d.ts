// Types of the global variable of throughline.mixpanel.js, for sites that load it with a script tag:
//   /// <reference types="throughline/mixpanel-global" />

import type { OverridedMixpanel } from './types/mixpanel/index.js';

declare global {
  var mixpanel: OverridedMixpanel;
  interface Window {
    mixpanel: OverridedMixpanel;
  }
}
