import { type Host, pageHost } from './host.js';
import { createShim, type PageShim } from './shim.js';

/** The package's version: js/build.mjs puts it in. */
declare const VERSION: string;

const key = Symbol.for(`throughline ${VERSION}`);

/**
 * The shim of this page. A page may have the library twice, by a script tag and in a bundle: one shim takes the calls of both, in the
 * order in which they are made. Another version's is left alone, for what lies behind it may differ.
 */
export function pageShim(load: Host['load']): PageShim {
  const page = window as unknown as Record<symbol, PageShim | undefined>;
  const there = page[key];
  if (there) return there;
  const shim = createShim(pageHost(load));
  page[key] = shim;
  return shim;
}
