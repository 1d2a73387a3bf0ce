// Warms up the compiled program. V8 compiles a WebAssembly function when it is first called, on the thread that calls it, and the threads
// of a process share the result. So the worker calls what an ordinary visit calls, on an instance of its own that is then discarded, and
// the page's thread finds these functions compiled. The visit is short, because V8 compiles a function that has run often once more, at many
// times the cost. Go's garbage collector is left out, because most visits end before it first runs, after some 250 events.

import { Method } from '../border.js';
import type { Exports } from './exports.js';
import { startGo } from './go-runtime.js';
import { Texts } from './memory.js';

/** Runs a visit on the program without storage or network, and returns the program. */
export async function warmUp(program: WebAssembly.Module): Promise<WebAssembly.Module> {
  const facts = ['warm-up', '', {}, '{"distinct_id":"$device:0","device_id":"0"}', '', 'warm-up', navigator.userAgent];
  const page = ['https://warm-up.example/', '', 1280, 800];
  const event = ['Warm-up', { text: 'ä', number: 1.5, list: [1, 'two'], nested: { yes: true } }];
  const requests: number[] = [];
  const answers: WebAssembly.ModuleImports = {
    get: () => -1,
    keys: () => 0,
    set: () => 0,
    died() {
      throw new Error('warm-up failed');
    },
    send: (_handle: number, request: number) => void requests.push(request),
  };
  const ports = Object.fromEntries(
    WebAssembly.Module.imports(program).map(({ name }) => [name, answers[name] ?? (() => {})]),
  );
  const exports = (await startGo(program, ports)) as unknown as Exports;
  const texts = new Texts(exports);
  const write = (value: unknown) => texts.write(JSON.stringify(value));
  let now = Date.now();

  exports.page(write(page));
  const handle = exports.open(write(facts), now);
  const call = (method: Method, ...args: unknown[]) => exports.call(handle, method, 0, write(args), now);
  const track = (...args: unknown[]) =>
    exports.tracks(handle, texts.write(`${now} id${JSON.stringify(args)}\n`), 0, now);
  exports.adopt(handle, write([]), now);
  call(Method.Register, { plan: 'free' });
  track(...event);
  track(...event);
  call(Method.GetDistinctID);
  exports.commit(now);
  exports.wake(handle, ++now);
  exports.locked(handle, now);
  for (const request of requests) exports.answered(handle, request, 200, -1, write({ status: 1 }), now);
  now += 60_000;
  exports.wake(handle, now);
  exports.leave(now);
  return program;
}
