// Prints the size of each file that pages load, and beside a program its compiler.

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { compilerOf, weigh } from './programs.mjs';

const dist = join(import.meta.dirname, '..', 'dist');
const files = [
  'throughline.js',
  'throughline.mjs',
  'throughline.mixpanel.js',
  'throughline.mixpanel.mjs',
  'throughline.core.js',
  'throughline.worker.js',
  'throughline.wasm',
  'throughline.go.wasm',
];

console.log(['file'.padEnd(24), 'raw', 'gzip', 'brotli'].map((text) => text.padStart(9)).join(' '));
for (const file of files) {
  const path = join(dist, file);
  if (!existsSync(path)) continue;
  const { raw, gzip, brotli } = weigh(path);
  const columns = [file.padEnd(24), raw, gzip, brotli].map((text) => String(text).padStart(9));
  console.log(columns.join(' ') + (file.endsWith('.wasm') ? `  ${compilerOf(path)}` : ''));
}
