// The shim of this page, which all copies of the library on it share.

import { type Host, pageHost } from './host.js';
import { createShim, type PageShim } from './shim.js';
import { createThroughline } from './throughline.js';
import type { Throughline } from './types.js';

/** The version of the package, defined by js/build.mjs. */
declare const VERSION: string;

/** The object that the snippet puts at window.throughline until the library is loaded (snippet.js). */
interface StandIn {
  /** Makes the calls that the snippet recorded, and resolves its `ready`. */
  q(throughline: Throughline, host: Host, settled: Promise<boolean>): void;
}

const shimKey = Symbol.for(`throughline ${VERSION}`);

/**
 * The value of window.throughline. An element with that id or a frame with that name is also found there, but is not an own property of
 * the window; such a one is ignored.
 */
export const globalLibrary = (): unknown => Object.getOwnPropertyDescriptor(window, 'throughline')?.value;

/**
 * Returns the shim of this page. A page may have the library twice, by a script tag and in a bundle. Both then use one shim, so that
 * calls stay in the order in which they are made, after those that the snippet recorded. A copy of another version has a shim of its own,
 * because the interface between the two may differ.
 */
export function pageShim(load: Host['load']): PageShim {
  const pageWindow = window as unknown as Record<PropertyKey, unknown>;
  pageWindow[shimKey] ??= createShim(pageHost(load));
  const shim = pageWindow[shimKey] as PageShim;
  const standIn = globalLibrary() as StandIn | null | undefined;
  if (typeof standIn?.q === 'function') {
    const throughline = createThroughline(shim, standIn as unknown as Record<string, unknown>);
    pageWindow.throughline = throughline;
    standIn.q(throughline, shim.host, shim.settled);
  }
  return shim;
}
