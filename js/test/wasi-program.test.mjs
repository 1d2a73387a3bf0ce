// Programs that TinyGo compiles start by the same file as those of standard Go. TinyGo is not installed where these tests run, so that the program here
// is a small one by hand, with the imports and exports of TinyGo's.

import assert from 'node:assert/strict';
import wabt from 'wabt';
import { loadGo } from '../load-go.mjs';
import { test } from './harness/bounded-test.mjs';

const source = `(module
  (import "wasi_snapshot_preview1" "random_get" (func $random (param i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_seek" (func $seek (param i32 i64 i32 i32) (result i32)))
  (import "throughline" "random" (func $ours (param i32 i32)))
  (memory (export "memory") 1)
  (global $started (mut i32) (i32.const 0))
  (func (export "_initialize")
    (global.set $started (i32.add (global.get $started) (i32.const 1)))
    (drop (call $random (i32.const 256) (i32.const 32))))
  (func (export "starts") (result i32) (global.get $started))
  (func (export "write") (result i32) (call $write (i32.const 1) (i32.const 0) (i32.const 0) (i32.const 0)))
  (func (export "seek") (result i32) (call $seek (i32.const 1) (i64.const 0) (i32.const 0) (i32.const 0)))
  (func (export "call") (call $ours (i32.const 512) (i32.const 4)))
  (func (export "trap") unreachable))`;

async function start(ours = () => {}) {
  const { parseWat } = await wabt();
  const { buffer } = parseWat('program.wat', source).toBinary({});
  const go = await loadGo();
  return { ...go, exports: await go.startGo(await WebAssembly.compile(buffer), { random: ours }) };
}

test('a program of TinyGo’s is initialised once, gets random numbers, and calls our imports', async () => {
  const calls = [];
  const { exports, memoryOf } = await start((at, bytes) => calls.push([at, bytes]));
  assert.equal(exports.starts(), 1);
  const random = new Uint8Array(memoryOf(exports).buffer, 256, 32);
  assert.ok(new Set(random).size > 8, random.join());
  exports.call();
  assert.deepEqual(calls, [[512, 4]]);
});

test('what else of WASI it imports is not supported', async () => {
  const { exports } = await start();
  assert.deepEqual([exports.write(), exports.seek()], [52, 52]);
});

test('its panics are traps, whose place is told', async () => {
  const { exports, crashReason } = await start();
  assert.throws(exports.trap, (error) => {
    assert.match(crashReason(error), /^RuntimeError: unreachable.*wasm-function\[\d+\]/s);
    return true;
  });
});
