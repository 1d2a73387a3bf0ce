// Stores the waiting calls in localStorage, so that nothing is lost if the page ends before Go runs: the next visit makes them
// (core/orphaned-calls.ts). Each task that made calls writes one new key; keys are never rewritten, so that storing stays cheap.

import { attempt } from './attempt.js';
import { type Call, Method } from './border.js';
import { stringify } from './serialise.js';
import { read, remove } from './storage.js';

/** The prefix of the keys of stored calls. It is followed by the id of the page load, '_' and a number. */
export const queuePrefix = 'tlq_';

/** The maximum number of stored calls, the same as that of events in Go's outbox. Otherwise a page without Go might fill the storage. */
export const maxCalls = 5000;

/** The methods after which later events may belong to another visitor, or must not be recorded. */
export const visitorChanges: readonly Method[] = [Method.Identify, Method.Reset, Method.OptOut];

/**
 * The storage key of the time, in milliseconds since 1970, at which such a call began to wait. It is Infinity for an opt-out, because only
 * Go knows when that ends. The core removes it when it has made the calls of earlier pages.
 */
export const visitorChangeKey = 'tlw';

const uncertaintyPeriod = 60_000; // Milliseconds. Where Go never runs, such calls wait for ever. An old one must not stop the handover.

/**
 * Stores that a call is waiting which may change the visitor. Where Go has failed to start (`failures` is not 0), identify() is handed over
 * (handover.ts), so that nothing waits for it.
 */
export function noteVisitorChange([, method, , at]: Call, failures: number): void {
  const until = () => Math.max(method === Method.OptOut ? Infinity : at, +read(visitorChangeKey));
  if (visitorChanges.includes(method) && !(failures && method === Method.Identify))
    attempt(() => localStorage.setItem(visitorChangeKey, `${until()}`));
}

/** Stores, when Go has failed to start, which of the calls that wait may still change the visitor. */
export function noteFailure(queue: readonly Call[]): void {
  if (read(visitorChangeKey) !== 'Infinity') remove(visitorChangeKey);
  for (const call of queue) noteVisitorChange(call, 1);
}

/** Reports whether such a call may be waiting, on this page or another, so that only Go can say whose the next events are. */
export const isVisitorUncertain = (now: number): boolean => +read(visitorChangeKey) > now - uncertaintyPeriod;

/**
 * Returns a function that stores the calls of a queue that are not stored yet, or removes all of them once Go has emptied the queue. A
 * lock with the name of the page's keys is held meanwhile, so that other tabs know that the page is alive and leave its calls alone.
 */
export function createStoredQueue(page: string, queue: readonly Call[]): () => void {
  const keyPrefix = queuePrefix + page;
  let keyCount = 0;
  let lastStored: Call | undefined; // The last call that is stored.
  let release: () => void;
  const pageEnded = new Promise<void>((resolve) => {
    release = resolve;
  });
  attempt(() => navigator.locks.request(keyPrefix, () => pageEnded).catch(() => {})); // Rejects where storage is blocked.
  return () => {
    // A tab that looked before this page held its lock may have taken over the first key, which holds the Open calls. Then everything is
    // stored again.
    const unstored = queue.slice(read(`${keyPrefix}_0`) ? queue.lastIndexOf(lastStored as Call) + 1 : 0, maxCalls);
    attempt(() => {
      if (unstored[0]) {
        localStorage.setItem(`${keyPrefix}_${keyCount}`, `[${unstored.map(stringifyCall)}]`);
        keyCount++;
        lastStored = unstored[unstored.length - 1];
      } else if (!queue[0]) {
        while (keyCount) localStorage.removeItem(`${keyPrefix}_${--keyCount}`);
        release();
      }
    });
  };
}

// Each part but the live arguments is stringified by itself, because JSON.stringify calls a toJSON that a page may have added to arrays.
const stringifyCall = (call: Call) => `[${call.slice(0, 6).map((part) => stringify(part))}]`;
