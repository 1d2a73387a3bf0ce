// throughline.js, the entry for a script tag: defines the global `throughline`.

import { documentProperty } from './document.js';
import { globalLibrary, pageShim } from './page-shim.js';
import { createThroughline } from './throughline.js';
import { guard } from './warn.js';

guard(startScript);

function startScript(): void {
  // An inline script, into which a tag manager may have pasted this code, has no address. Then the option wasm_url says where the files are.
  const src = documentProperty<HTMLScriptElement | null>('currentScript')?.src;
  const shim = pageShim((failures, wasmURL = '') => {
    // Some browsers remember that a module failed to load, so a further attempt needs another address.
    const url = new URL(`throughline.core.js${failures ? `?${failures}` : ''}`, src || new URL(wasmURL, location.href));
    return import(url.href);
  });
  const existing = globalLibrary();
  if (!existing) (window as { throughline?: unknown }).throughline = createThroughline(shim);
  // A page that has the script twice keeps the first.
  else if (!shim.trackers.some(({ api }) => api === existing)) shim.reportCode('global_taken', existing);
}
