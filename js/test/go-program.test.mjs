// The shipped Go program, with all size optimisations: nothing that was removed from the Go runtime may be needed.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadGo } from '../load-go.mjs';
import { compilerOf } from '../programs.mjs';
import { test } from './harness/bounded-test.mjs';
import { dist } from './harness/collector.mjs';
import { Method, startProgram } from './harness/program.mjs';

const MiB = 1 << 20;

async function track(program, handle, calls) {
  for (let i = 0; i < calls; i++) {
    program.call(handle, Method.track, `["Item Viewed",{"sku":"${i}","price":${i % 97}.5,"tags":["a","b"]}]`);
    if (i % 100 === 99) await program.endTask();
  }
  await program.endTask();
}

test('after 500,000 calls every event was sent, and memory is below 6 MiB', async () => {
  const program = await startProgram();
  const handle = program.open();
  await track(program, handle, 50_000);
  assert.ok(program.memory() <= 6 * MiB, `${program.memory() / MiB} MiB after 50,000 calls`);
  await track(program, handle, 200_000);
  const memory = program.memory();
  await track(program, handle, 250_000);
  assert.equal(program.memory(), memory, 'it stopped growing');
  assert.ok(memory <= 6 * MiB, `${memory / MiB} MiB after 500,000 calls`);
  assert.equal(program.events, 500_000);
  assert.deepEqual([program.died, program.warnings], [[], []]);
});

test('with 4,000 waiting events and texts of 1 MB, memory, stacks and heap grow', async () => {
  const program = await startProgram();
  const handle = program.open();
  for (let i = 0; i < 4000; i++) program.call(handle, Method.track, `["Waiting",{"n":${i}}]`);
  program.call(handle, Method.register, `[{"note":${JSON.stringify('x'.repeat(MiB))}}]`);
  program.call(handle, Method.track, `["Deep",{"deep":${'['.repeat(5000)}${']'.repeat(5000)}}]`);
  await program.endTask();
  await program.endTask();
  assert.equal(program.events, 4001);
  assert.deepEqual(program.died, []);
});

test('a panic is recovered and reported with its reason; one of TinyGo’s is a trap', async () => {
  const program = await startProgram();
  program.open();
  const panics = [
    () => program.exports.call(99, Method.track, 0, 0, 1e12),
    () => program.exports.call(0, Method.track, 500, program.write('short'), 1e12),
  ];
  if (compilerOf(join(dist, 'throughline.wasm')) === 'TinyGo') {
    for (const panic of panics) assert.throws(panic, WebAssembly.RuntimeError);
    return;
  }
  for (const panic of panics) panic();
  assert.equal(program.died.length, 2);
  for (const reason of program.died) assert.match(reason, /out of range/);
});

test('a function that the build removed is named when it is called all the same', async () => {
  const { crashReason } = await loadGo();
  // A module of two functions: the second, which is exported, calls the first, which is as wasm/tools/postlink leaves it.
  const header = [0, 97, 115, 109, 1, 0, 0, 0, 1, 4, 1, 96, 0, 0, 3, 3, 2, 0, 0, 7, 5, 1, 1, 97, 0, 1];
  const bodies = [10, 10, 2, 3, 0, 0x00, 0x0b, 4, 0, 0x10, 0, 0x0b];
  const { instance } = await WebAssembly.instantiate(new Uint8Array([...header, ...bodies]));
  assert.throws(instance.exports.a, (error) => /unreachable.*wasm-function\[0\]/s.test(crashReason(error)));
});

test('the program begins after its own start, and the snapshot is reproducible', async () => {
  const { exports } = await startProgram();
  assert.deepEqual(
    Object.keys(exports).filter((name) => /^(run|resume|getsp|register\d*)$/.test(name)),
    [],
  );
  const cache = join(import.meta.dirname, '..', '..', '.cache');
  const again = join(cache, 'state-again');
  execFileSync('node', [join(import.meta.dirname, '..', 'snapshot.mjs'), join(cache, 'small.wasm'), again]);
  assert.ok(readFileSync(again).equals(readFileSync(join(cache, 'state'))));
});
