// throughline.js, for a script tag: the global `throughline`.

import { pageShim } from './copies.js';
import { documentProperty } from './document.js';
import type { Host } from './host.js';
import { createThroughline } from './throughline.js';
import type { Throughline } from './types.js';
import { guard } from './warn.js';

/** What the snippet puts in the library's place (snippet.js). */
interface StandIn {
  /** Makes the calls that it took, and resolves its `ready`. */
  q(throughline: Throughline, host: Host, settled: Promise<boolean>): void;
}

const page = window as { throughline?: unknown };

guard(start);

function start(): void {
  // The script that runs now. Where a tag manager pasted us into one, it has no address: then the page says where the files are.
  const src = documentProperty<HTMLScriptElement | null>('currentScript')?.src;
  const shim = pageShim((failures, wasmURL = '') => {
    // A browser may remember that an address failed.
    const url = new URL(`throughline.core.js${failures ? `?${failures}` : ''}`, src || new URL(wasmURL, location.href));
    return import(url.href);
  });
  // An element with this id, or a frame with this name, is no property of the window's own, and gives way.
  const there: unknown = Object.getOwnPropertyDescriptor(page, 'throughline')?.value;
  const standIn = typeof (there as Partial<StandIn> | null)?.q === 'function' ? (there as StandIn) : undefined;
  // A page that has the script twice has one tracker.
  if (there && !standIn) {
    if (!shim.trackers.some(({ api }) => api === there)) shim.tell('global_taken', there);
    return;
  }
  const throughline = createThroughline(shim, standIn as Record<string, unknown> | undefined);
  page.throughline = throughline;
  standIn?.q(throughline, shim.host, shim.settled);
}
