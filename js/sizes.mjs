// Prints the size of each file that pages load. The tests and the bench import `weigh`.

import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';

const dist = join(import.meta.dirname, '..', 'dist');
const files = [
  'throughline.js',
  'throughline.mjs',
  'throughline.mixpanel.js',
  'throughline.mixpanel.mjs',
  'throughline.core.js',
  'throughline.worker.js',
  'throughline.wasm',
];

/** Returns the bytes of a file: raw, with gzip 9, and with brotli 11. */
export function weigh(path) {
  const bytes = readFileSync(path);
  const brotli = brotliCompressSync(bytes, {
    params: {
      [constants.BROTLI_PARAM_QUALITY]: 11,
      [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length,
      [constants.BROTLI_PARAM_LGWIN]: 22,
    },
  });
  return { raw: bytes.length, gzip: gzipSync(bytes, { level: 9 }).length, brotli: brotli.length };
}

if (process.argv[1] === import.meta.filename) {
  console.log(['file'.padEnd(24), 'raw', 'gzip', 'brotli'].map((text) => text.padStart(9)).join(' '));
  for (const file of files) {
    const path = join(dist, file);
    if (!existsSync(path)) continue;
    const { raw, gzip, brotli } = weigh(path);
    console.log([file.padEnd(24), raw, gzip, brotli].map((text) => String(text).padStart(9)).join(' '));
  }
}
