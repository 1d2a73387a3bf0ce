// node js/snapshot.mjs PROGRAM STATE: starts a Go program as a page would, up to its main's wait, and writes down what it holds then:
// its registers, 8 bytes each, and its memory. wasm/tools/postlink makes of that a program that begins there.

import { readFileSync, writeFileSync } from 'node:fs';
import { loadGo } from './load-go.mjs';

const [program, state] = process.argv.slice(2);

// The same sources make the same bytes: the clock stands still, and the seeds of Go's maps are zero. What a page draws at random
// comes from its own generator, when it is there.
performance.now = () => 1;
Date.now = () => 0;
crypto.getRandomValues = (bytes) => bytes.fill(0);

// It asks for nothing of ours before it is called.
const nothing = new Proxy({}, { get: () => () => {} });
const { startGo } = await loadGo();
const exports = await startGo(await WebAssembly.compile(readFileSync(program)), nothing);

const registers = [];
for (let global = exports.register0; global; global = exports[`register${registers.length}`]) {
  const value = new DataView(new ArrayBuffer(8));
  value.setBigInt64(0, BigInt(global.value), true);
  registers.push(new Uint8Array(value.buffer));
}
if (!registers.length) throw new Error(`${program} does not export its registers`);
writeFileSync(state, Buffer.concat([...registers, new Uint8Array(exports.mem.buffer)]));
