// The shim of this page, with the calls that the snippet recorded before the library was loaded.

import type { Host } from './host.js';
import { sharedShim } from './shared-shim.js';
import type { PageShim } from './shim.js';
import { createThroughline } from './throughline.js';
import type { Throughline } from './types.js';

/** The object that the snippet puts at window.throughline until the library is loaded (snippet.js). */
interface StandIn {
  /** Makes the calls that the snippet recorded, and resolves its `ready`. */
  q(throughline: Throughline, host: Host, settled: Promise<boolean>): void;
}

/**
 * The value of window.throughline. An element with that id or a frame with that name is also found there, but is not an own property of
 * the window; such a one is ignored.
 */
export const globalLibrary = (): unknown => Object.getOwnPropertyDescriptor(window, 'throughline')?.value;

/** Returns the shim of this page, after making the calls that the snippet recorded. */
export function pageShim(load: Host['load']): PageShim {
  const pageWindow = window as unknown as Record<PropertyKey, unknown>;
  const shim = sharedShim(load);
  const standIn = globalLibrary() as StandIn | null | undefined;
  if (typeof standIn?.q === 'function') {
    const throughline = createThroughline(shim, standIn as unknown as Record<string, unknown>);
    pageWindow.throughline = throughline;
    standIn.q(throughline, shim.host, shim.settled);
  }
  return shim;
}
