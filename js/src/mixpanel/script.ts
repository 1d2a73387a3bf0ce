// throughline.mixpanel.js, the entry for a script tag: takes the place of Mixpanel's script, also behind Mixpanel's own snippet.

import { loaderBesideScript } from '../script-loader.js';
import { sharedShim } from '../shared-shim.js';
import { guard } from '../warn.js';
import { createMixpanel } from './mixpanel.js';
import type { Stub } from './snippet.js';

guard(startScript);

function startScript(): void {
  const shim = sharedShim(loaderBesideScript());
  // What the snippet has put there. An element with that id is found there too, but is not an own property of the window.
  const stub = Object.getOwnPropertyDescriptor(window, 'mixpanel')?.value as Stub | undefined;
  if (stub?.__loaded) return; // mixpanel-browser, or this script, is there already.
  const library = createMixpanel(shim, (stub ?? {}) as Record<string, unknown>);
  (window as { mixpanel?: unknown }).mixpanel = Object.assign(library, { __loaded: true });
  for (const [token, config, name] of stub?._i ?? []) library.init(token, config ?? {}, name);
}
