// The size budgets of the files that pages load, compressed with brotli. Raising one is a decision (docs/CONTRIBUTING.md). 20 to 45 bytes of
// each script are the comment that names its source map.

import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { compilerOf, weigh } from '../programs.mjs';
import { test } from './harness/bounded-test.mjs';
import { dist } from './harness/collector.mjs';

const budgets = {
  'throughline.js': 5_655,
  'throughline.mjs': 5_640,
  'throughline.mixpanel.js': 9_430,
  'throughline.mixpanel.mjs': 9_400,
  'throughline.core.js': 9_080,
  'throughline.worker.js': 1_570,
  'throughline.react.mjs': 400,
  'snippet.html': 820,
};

// By the compiler that has made it. The build with TinyGo has both programs; its own takes 63 kB, and releases of TinyGo differ by 1 kB.
const programBudgets = { 'standard Go': 189 * 1024, TinyGo: 66_000 };
for (const file of ['throughline.wasm', 'throughline.go.wasm'])
  if (existsSync(join(dist, file))) budgets[file] = programBudgets[compilerOf(join(dist, file))];

for (const [file, budget] of Object.entries(budgets)) {
  test(`${file} is at most ${budget} bytes`, () => {
    const { brotli } = weigh(join(dist, file));
    assert.ok(brotli <= budget, `${brotli} bytes`);
  });
}
