// throughline.mixpanel.js, the entry for a script tag: takes the place of Mixpanel's script, also behind Mixpanel's own snippet.

import { documentProperty } from '../document.js';
import { sharedShim } from '../shared-shim.js';
import { guard } from '../warn.js';
import { createMixpanel } from './mixpanel.js';
import type { Stub } from './snippet.js';

guard(startScript);

function startScript(): void {
  // An inline script, into which a tag manager may have pasted this code, has no address. Then the option wasm_url says where the files are.
  const src = documentProperty<HTMLScriptElement | null>('currentScript')?.src;
  const shim = sharedShim((failures, wasmURL = '') => {
    // Some browsers remember that a module failed to load, so a further attempt needs another address.
    const url = new URL(`throughline.core.js${failures ? `?${failures}` : ''}`, src || new URL(wasmURL, location.href));
    return import(url.href);
  });
  // What the snippet has put there. An element with that id is found there too, but is not an own property of the window.
  const stub = Object.getOwnPropertyDescriptor(window, 'mixpanel')?.value as Stub | undefined;
  if (stub?.__loaded) return; // mixpanel-browser, or this script, is there already.
  const library = createMixpanel(shim, (stub ?? {}) as Record<string, unknown>);
  (window as { mixpanel?: unknown }).mixpanel = Object.assign(library, { __loaded: true });
  for (const [token, config, name] of stub?._i ?? []) library.init(token, config ?? {}, name);
}
