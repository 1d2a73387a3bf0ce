// The functions that the Go program imports.

import type { PendingAnswer, ShimPorts } from '../border.js';
import type { Environment } from './environment.js';
import type { Exports } from './exports.js';
import { guardStorage } from './guarded-storage.js';
import type { Texts } from './memory.js';
import type { Mode } from './network.js';
import { stringify } from './stringify.js';

const absentText = -1; // In place of a length, for a text that does not exist.

/** What the imports need from the program that they belong to. */
export interface Program {
  shim: Pick<ShimPorts, 'shimHost' | 'random'>;
  environment: Environment;
  texts(): Texts;
  /** Calls into Go from an event of the browser. */
  enter(action: (exports: Exports, texts: Texts) => void): void;
  warn(handle: number, warning: string): void;
  flushed(ticket: number, done: boolean): void;
  /** Sends a request of a handle. */
  send(handle: number, mode: Mode, url: string, form: Uint8Array<ArrayBuffer>): PendingAnswer | undefined;
  /** Called when Go has panicked. */
  died(reason: string): void;
}

/** Returns the imports that wasm/browser/host.go declares: storage, network, timers, locks and warnings. */
export function imports({
  shim,
  environment,
  texts,
  enter,
  warn,
  flushed,
  send,
  died,
}: Program): WebAssembly.ModuleImports {
  const timers = new Map<number, () => void>();
  const { cookies, locks, mirror } = environment;
  const storage = guardStorage(environment.storage);
  const text = (at: number, bytes: number) => texts().read(at, bytes);
  const encoder = new TextEncoder();
  let preparedText: Uint8Array;
  // Go first asks for the length of a text, allocates memory for it, and then copies the text with `take`.
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
    cookie: (at: number, bytes: number) => prepareText(cookies.get(text(at, bytes))),
    setCookie: (at: number, bytes: number) => Number(cookies.set(text(at, bytes))),
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
      const answer = send(handle, mode, text(urlAt, urlBytes), texts().bytes(bodyAt, bodyBytes).slice());
      answer?.then(({ status, retryAfter, body }) =>
        enter((exports, texts) =>
          exports.answered(handle, request, status, retryAfter, texts.write(body), shim.shimHost.now()),
        ),
      );
      return Number(!answer); // 1 if the request was refused: wasm/browser/ports.go.
    },
    wake(handle: number, delay: number) {
      timers.get(handle)?.();
      timers.set(
        handle,
        environment.after(delay, () => enter((exports) => exports.wake(handle, shim.shimHost.now()))),
      );
    },
    lock(handle: number, at: number, bytes: number) {
      locks.acquire(handle, text(at, bytes), () => enter((exports) => exports.locked(handle, shim.shimHost.now())));
    },
    unlock: (handle: number) => locks.release(handle),
    mirrorKeep: (keyAt: number, keyBytes: number, at: number, bytes: number) =>
      void mirror.put(text(keyAt, keyBytes), text(at, bytes)),
    mirrorDrop: (at: number, bytes: number) => void mirror.remove(text(at, bytes).split('\n')),
    mirrorRecall(handle: number, at: number, bytes: number) {
      mirror
        .entries(text(at, bytes))
        .then((copies) =>
          enter((exports, texts) => exports.adopt(handle, texts.write(stringify(copies)), shim.shimHost.now())),
        );
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
