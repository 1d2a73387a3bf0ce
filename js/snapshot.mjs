// node js/snapshot.mjs PROGRAM STATE: starts a Go program as a page would, until its main function waits, and writes its state to the file
// STATE: its registers, 8 bytes each, and its memory. wasm/tools/postlink makes of that a program that begins in this state, so that pages
// do not have to wait for Go's runtime to start.

import { writeFileSync } from 'node:fs';
import { startAlone } from './load-go.mjs';

const [program, state] = process.argv.slice(2);

// The build must be reproducible, so the clock stands still, and the random seeds of Go's maps are zero. This does not make ids
// predictable: the page's random numbers come from the browser, at run time.
performance.now = () => 1;
Date.now = () => 0;
crypto.getRandomValues = (bytes) => bytes.fill(0);

const exports = await startAlone(program);

const registers = [];
for (let global = exports.register0; global; global = exports[`register${registers.length}`]) {
  const value = new DataView(new ArrayBuffer(8));
  value.setBigInt64(0, BigInt(global.value), true);
  registers.push(new Uint8Array(value.buffer));
}
if (!registers.length) throw new Error(`${program} does not export its registers`);
writeFileSync(state, Buffer.concat([...registers, new Uint8Array(exports.mem.buffer)]));
