// throughline.js, for a script tag: the global `throughline`.

import { documentProperty } from './document.js';
import { globalLibrary, pageShim } from './page-shim.js';
import { createThroughline } from './throughline.js';
import { guard } from './warn.js';

guard(startScript);

function startScript(): void {
  // The script that runs now. Where a tag manager pasted us into one, it has no address: then the page says where the files are.
  const src = documentProperty<HTMLScriptElement | null>('currentScript')?.src;
  const shim = pageShim((failures, wasmURL = '') => {
    // A browser may remember that an address failed.
    const url = new URL(`throughline.core.js${failures ? `?${failures}` : ''}`, src || new URL(wasmURL, location.href));
    return import(url.href);
  });
  const existing = globalLibrary();
  if (!existing) (window as { throughline?: unknown }).throughline = createThroughline(shim);
  // A page that has the script twice has one tracker.
  else if (!shim.trackers.some(({ api }) => api === existing)) shim.reportCode('global_taken', existing);
}
