// throughline.js, for a script tag: the global `throughline`.

import { loadCoreFrom } from './load.js';
import { replay, type StandIn } from './replay.js';
import { createThroughline } from './throughline.js';
import type { Throughline } from './types.js';

const page = window as { throughline?: StandIn | Throughline };
const there = page.throughline;
const { src } = (document.currentScript as HTMLScriptElement | null) ?? { src: location.href };

// A page that has the script twice has one tracker.
if (!there || 'q' in there) {
  loadCoreFrom(() => import(new URL('throughline.core.js', src).href));
  const throughline = createThroughline(there);
  page.throughline = throughline;
  if (there) replay(there as StandIn, throughline);
}
