// What is known of a built program: which compiler it is of, and what it weighs.

import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';
import { startAlone } from './load-go.mjs';

// What a program imports besides our functions is its compiler's. One of TinyGo's may import nothing else, and exports how it starts.
const compilers = { _initialize: 'TinyGo', wasi_snapshot_preview1: 'TinyGo', gojs: 'standard Go' };

/** Returns the name of the compiler that made a WebAssembly program. */
export function compilerOf(path) {
  const program = new WebAssembly.Module(readFileSync(path));
  const imported = WebAssembly.Module.imports(program).map(({ module }) => module);
  const exported = WebAssembly.Module.exports(program).map(({ name }) => name);
  const found = [...exported, ...imported].map((name) => compilers[name]).find(Boolean);
  if (!found) throw new Error(`${path} is of no compiler that is known here`);
  return found;
}

/** Starts a program as a page would. Rejects if it cannot start, or does not export this function. */
export async function requireStart(path, name) {
  try {
    const exports = await startAlone(path);
    if (!exports[name]) throw new Error(`it has no function ${name}`);
  } catch (error) {
    const advice = 'COMPILER=go ./build.sh builds it with standard Go';
    throw new Error(`${path}, by ${compilerOf(path)}, does not start: ${error.message}. ${advice}`, { cause: error });
  }
}

/** Returns a file as it is, with gzip 9, and with brotli 11. */
export function compress(path) {
  const raw = readFileSync(path);
  const brotli = brotliCompressSync(raw, {
    params: {
      [constants.BROTLI_PARAM_QUALITY]: 11,
      [constants.BROTLI_PARAM_SIZE_HINT]: raw.length,
      [constants.BROTLI_PARAM_LGWIN]: 22,
    },
  });
  return { raw, gzip: gzipSync(raw, { level: 9 }), brotli };
}

/** Returns the bytes of a file: raw, with gzip 9, and with brotli 11. */
export function weigh(path) {
  const { raw, gzip, brotli } = compress(path);
  return { raw: raw.length, gzip: gzip.length, brotli: brotli.length };
}

/** Returns a sentence for the package's readers, with the compiler and the weight. */
export function describeProgram(path) {
  const { raw, brotli } = weigh(path);
  const kilobytes = (bytes) => `${Math.round(bytes / 1000)} kB`;
  return `\`${basename(path)}\` is compiled by ${compilerOf(path)}: ${kilobytes(raw)}, ${kilobytes(brotli)} with brotli.`;
}
