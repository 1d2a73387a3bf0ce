import type { ShimPorts } from '../border.js';
import type { Environment } from './environment.js';
import type { Exports } from './exports.js';
import { guardStorage } from './guarded-storage.js';
import type { Texts } from './memory.js';
import type { Mode } from './network.js';
import { stringify } from './stringify.js';

const absentText = -1;

/** What the imports need of the program they serve. */
export interface Program {
  shim: Pick<ShimPorts, 'now' | 'random'>;
  environment: Environment;
  texts(): Texts;
  /** Calls into Go, from an event of the browser's. */
  enter(action: (exports: Exports, texts: Texts) => void): void;
  warn(handle: number, warning: string): void;
  flushed(ticket: number, done: boolean): void;
  /** Go panicked. */
  died(reason: string): void;
}

/** What wasm/browser/host.go imports: the ports to storage and network, and those that warnings go out by. */
export function imports({ shim, environment, texts, enter, warn, flushed, died }: Program): WebAssembly.ModuleImports {
  const timers = new Map<number, () => void>();
  const { locks, mirror } = environment;
  const storage = guardStorage(environment.storage);
  const text = (at: number, bytes: number) => texts().read(at, bytes);
  const encoder = new TextEncoder();
  let preparedText: Uint8Array;
  // Go makes room for a text when it knows how long it is, and then takes it.
  const prepareText = (answer: string | null) => {
    if (answer === null) return absentText;
    preparedText = encoder.encode(answer);
    return preparedText.length;
  };
  return {
    get: (at: number, bytes: number) => prepareText(storage.get(text(at, bytes))),
    keys: (at: number, bytes: number) => prepareText(storage.keys(text(at, bytes))),
    take: (at: number) => texts().bytes(at, preparedText.length).set(preparedText),
    set: (keyAt: number, keyBytes: number, at: number, bytes: number) =>
      storage.set(text(keyAt, keyBytes), text(at, bytes)),
    remove: (at: number, bytes: number) => storage.remove(text(at, bytes)),
    send(
      handle: number,
      request: number,
      mode: Mode,
      urlAt: number,
      urlBytes: number,
      bodyAt: number,
      bodyBytes: number,
    ) {
      const answer = environment.send(mode, text(urlAt, urlBytes), texts().bytes(bodyAt, bodyBytes).slice());
      answer?.then(({ status, retryAfter, body }) =>
        enter((exports, texts) => exports.answered(handle, request, status, retryAfter, texts.write(body), shim.now())),
      );
      return Number(!answer); // As wasm/browser/ports.go reads it.
    },
    wake(handle: number, delay: number) {
      timers.get(handle)?.();
      timers.set(
        handle,
        environment.after(delay, () => enter((exports) => exports.wake(handle, shim.now()))),
      );
    },
    lock(handle: number, at: number, bytes: number) {
      locks.acquire(handle, text(at, bytes), () => enter((exports) => exports.locked(handle, shim.now())));
    },
    unlock: (handle: number) => locks.release(handle),
    mirrorKeep: (keyAt: number, keyBytes: number, at: number, bytes: number) =>
      void mirror.put(text(keyAt, keyBytes), text(at, bytes)),
    mirrorDrop: (at: number, bytes: number) => void mirror.remove(text(at, bytes).split('\n')),
    mirrorRecall(handle: number, at: number, bytes: number) {
      mirror
        .entries(text(at, bytes))
        .then((copies) => enter((exports, texts) => exports.adopt(handle, texts.write(stringify(copies)), shim.now())));
    },
    warn: (handle: number, at: number, bytes: number) => warn(handle, text(at, bytes)),
    flushed: (ticket: number, done: number) => flushed(ticket, !!done),
    died: (at: number, bytes: number) => died(text(at, bytes)),
    random(at: number, bytes: number) {
      texts()
        .bytes(at, bytes)
        .set(shim.random(new Uint8Array(bytes)));
    },
  };
}
