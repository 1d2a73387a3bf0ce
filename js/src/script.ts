// throughline.js, for a script tag: the global `throughline`.

import { type Host, pageHost } from './host.js';
import { createShim } from './shim.js';
import { createThroughline } from './throughline.js';
import type { Throughline } from './types.js';

/** What the snippet puts in the library's place (snippet.js). */
interface StandIn {
  /** Makes the calls that it took, and resolves its `ready`. */
  q?(throughline: Throughline, host: Host, settled: Promise<boolean>): void;
}

const page = window as { throughline?: StandIn | Throughline };
const there = page.throughline as StandIn | undefined;

// A page that has the script twice has one tracker.
if (!there || there.q) {
  const src = (document.currentScript as HTMLScriptElement | null)?.src ?? location.href;
  const host = pageHost(() => import(new URL('throughline.core.js', src).href));
  const shim = createShim(host);
  const throughline = createThroughline(shim, there as Record<string, unknown> | undefined);
  page.throughline = throughline;
  there?.q?.(throughline, host, shim.settled);
}
