// Compresses each file that pages load, for servers that send such files as they are, and prints its sizes, and beside a program its compiler.

import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { compilerOf, compress } from './programs.mjs';

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
  const { raw, gzip, brotli } = compress(path);
  writeFileSync(`${path}.gz`, gzip);
  writeFileSync(`${path}.br`, brotli);
  const columns = [file.padEnd(24), raw.length, gzip.length, brotli.length].map((text) => String(text).padStart(9));
  console.log(columns.join(' ') + (file.endsWith('.wasm') ? `  ${compilerOf(path)}` : ''));
}
