// Types of the global variable of throughline.mixpanel.js, for sites that load it with a script tag:
//   /// <reference types="throughline/mixpanel-global" />

import type { OverridedMixpanel } from 'throughline/mixpanel';

declare global {
  var mixpanel: OverridedMixpanel;
  interface Window {
    mixpanel: OverridedMixpanel;
  }
}
