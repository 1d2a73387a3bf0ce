// throughline.js, for a script tag: the global `throughline`.

import { pageHost } from './host.js';
import { replay, type StandIn } from './replay.js';
import { createShim } from './shim.js';
import { createThroughline } from './throughline.js';
import type { Throughline } from './types.js';

const page = window as { throughline?: StandIn | Throughline };
const there = page.throughline;

// A page that has the script twice has one tracker.
if (!there || (there as Partial<StandIn>).q) {
  const src = (document.currentScript as HTMLScriptElement | null)?.src ?? location.href;
  const host = pageHost(() => import(new URL('throughline.core.js', src).href));
  const shim = createShim(host);
  const throughline = createThroughline(shim, there as Record<string, unknown> | undefined);
  page.throughline = throughline;
  if (there) replay(there as StandIn, throughline, host, shim.settled);
}
