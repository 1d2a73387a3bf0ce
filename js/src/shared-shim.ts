// The shim of this page, which all copies and entries of the library on it share.

import { type Host, pageHost } from './host.js';
import { createShim, type PageShim } from './shim.js';

// throughline/playwright recognises pages with the library by it (playwright/session.ts).
const shimKey = Symbol.for(`throughline ${RELEASE}`);

/**
 * Returns the shim of this page. A page may have the library twice, by a script tag and in a bundle. Both then use one shim, so that
 * calls stay in the order in which they are made. A copy of another build has a shim of its own, because the interface between the two may
 * differ.
 */
export function sharedShim(load: Host['load']): PageShim {
  const pageWindow = window as unknown as Record<PropertyKey, unknown>;
  pageWindow[shimKey] ??= createShim(pageHost(load));
  return pageWindow[shimKey] as PageShim;
}
