import { type Host, pageHost } from './host.js';
import { createShim, type PageShim } from './shim.js';
import { createThroughline } from './throughline.js';
import type { Throughline } from './types.js';

/** The package's version: js/build.mjs puts it in. */
declare const VERSION: string;

/** What the snippet puts in the library's place (snippet.js). */
interface StandIn {
  /** Makes the calls that it took, and resolves its `ready`. */
  q(throughline: Throughline, host: Host, settled: Promise<boolean>): void;
}

const shimKey = Symbol.for(`throughline ${VERSION}`);

/** What is at window.throughline. An element with this id, or a frame with this name, is no property of the window's own. */
export const globalLibrary = (): unknown => Object.getOwnPropertyDescriptor(window, 'throughline')?.value;

/**
 * The shim of this page. A page may have the library twice, by a script tag and in a bundle: one shim takes the calls of both, in the
 * order in which they are made, those first that the snippet took down. Another version's is left alone, for what lies behind it may
 * differ.
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
