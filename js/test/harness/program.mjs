// Runs the shipped Go program without a browser, with a storage in memory and a network that accepts everything.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadGo } from '../../load-go.mjs';
import { dist } from './collector.mjs';

const { memoryOf, startGo } = await loadGo();

const page = '["https://shop.example/?utm_source=news","https://search.example/",1280,800]';
const record = '{"distinct_id":"$device:d1","device_id":"d1"}';

/** The numbers of js/src/border.ts. */
export const Method = { open: 0, track: 1, identify: 3, register: 5, getDistinctID: 11 };

/** Starts a program from dist/. Its trackers have handles from 0. `died` holds the reasons of panics. */
export async function startProgram(file = 'throughline.wasm') {
  const encoder = new TextEncoder();
  const decoder = new TextDecoder();
  const requests = [];
  const wakeUps = [];
  let now = 1e12;
  const program = { died: [], warnings: [], sent: 0, events: 0 };
  const read = (at, bytes) => decoder.decode(new Uint8Array(memoryOf(program.exports).buffer, at >>> 0, bytes));
  const storage = new Map();
  let preparedText;
  const prepareText = (answer) => {
    if (answer === undefined) return -1;
    preparedText = encoder.encode(answer);
    return preparedText.length;
  };
  const imports = {
    send(handle, request, _mode, _url, _urlBytes, at, bytes) {
      program.sent++;
      program.events += read(at, bytes).split('insert_id').length - 1;
      requests.push([handle, request]);
    },
    wake: (handle, delay) => void wakeUps.push([handle, delay]),
    lock: (handle) => queueMicrotask(() => program.exports.locked(handle, now)),
    unlock() {},
    mirrorKeep() {},
    mirrorDrop() {},
    mirrorRecall: (handle) => queueMicrotask(() => program.exports.adopt(handle, program.write('[]'), now)),
    warn: (_handle, at, bytes) => program.warnings.push(read(at, bytes)),
    flushed() {},
    died: (at, bytes) => program.died.push(read(at, bytes)),
    get: (at, bytes) => prepareText(storage.get(read(at, bytes))),
    keys(at, bytes) {
      const prefix = read(at, bytes);
      return prepareText([...storage.keys()].filter((key) => key.startsWith(prefix)).join('\n'));
    },
    cookie: () => 0,
    setCookie: () => 0,
    take: (at) => new Uint8Array(memoryOf(program.exports).buffer, at >>> 0, preparedText.length).set(preparedText),
    set(keyAt, keyBytes, at, bytes) {
      storage.set(read(keyAt, keyBytes), read(at, bytes));
      return 0;
    },
    remove: (at, bytes) => void storage.delete(read(at, bytes)),
    random: (at, bytes) => crypto.getRandomValues(new Uint8Array(memoryOf(program.exports).buffer, at >>> 0, bytes)),
  };
  program.exports = await startGo(await WebAssembly.compile(readFileSync(join(dist, file))), imports);

  program.write = (text) => {
    const max = text.length * 3;
    const at = program.exports.buffer(max) >>> 0;
    return encoder.encodeInto(text, new Uint8Array(memoryOf(program.exports).buffer, at, max)).written;
  };
  /** Opens a tracker as the shim does. */
  program.open = (config = {}) => {
    program.exports.page(program.write(page));
    return program.exports.open(program.write(JSON.stringify(['T', '', config, record, '', 'P', 'Mozilla/5.0'])), now);
  };
  let calls = 0;
  /** Makes one call and returns its answer. */
  program.call = (handle, method, args) => {
    program.exports.collect?.(); // As the core does. None of the program's functions runs.
    const id = `i${++calls}`;
    if (method === Method.track) {
      program.exports.tracks(handle, program.write(`${now} ${id}${args}\n`), 0, now);
      return '';
    }
    const length = program.exports.call(handle, method, id.length, program.write(id + args), now);
    return length ? read(program.exports.result(), length) : '';
  };
  /** Ends a task, advances the time to each wake-up that the program has requested, and answers its requests with success. */
  program.endTask = async () => {
    program.exports.commit(now);
    for (let idle = 0; idle < 2; idle++) {
      await null;
      if (!requests.length && !wakeUps.length) continue;
      idle = -1;
      for (const [handle, delay] of wakeUps.splice(0)) {
        now += delay;
        program.exports.wake(handle, now);
      }
      for (const [handle, request] of requests.splice(0))
        program.exports.answered(handle, request, 200, -1, program.write('{"status":1,"error":null}'), now);
    }
  };
  program.memory = () => memoryOf(program.exports).buffer.byteLength;
  return program;
}
