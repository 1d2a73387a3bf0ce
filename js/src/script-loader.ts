// How the entries for a script tag load the core: from beside the script.

import { documentProperty } from './document.js';
import type { Host } from './host.js';

/** Returns the loader. Must be called while the script runs, because only then the document tells which script it is. */
export function loaderBesideScript(): Host['load'] {
  // An inline script, into which a tag manager may have pasted this code, has no address. Then the option wasm_url says where the files are.
  const src = documentProperty<HTMLScriptElement | null>('currentScript')?.src;
  return (failures, wasmURL = '') => {
    // Some browsers remember that a module failed to load, so a further attempt needs another address.
    const url = new URL(`throughline.core.js${failures ? `?${failures}` : ''}`, src || new URL(wasmURL, location.href));
    return import(url.href);
  };
}
