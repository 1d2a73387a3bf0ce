// throughline.js, the entry for a script tag: defines the global `throughline`.

import { globalLibrary, pageShim } from './page-shim.js';
import { loaderBesideScript } from './script-loader.js';
import { createThroughline } from './throughline.js';
import { guard } from './warn.js';

guard(startScript);

function startScript(): void {
  const shim = pageShim(loaderBesideScript());
  const existing = globalLibrary();
  if (!existing) (window as { throughline?: unknown }).throughline = createThroughline(shim);
  // A page that has the script twice keeps the first.
  else if (!shim.trackers.some(({ api }) => api === existing)) shim.reportCode('global_taken', existing);
}
