// The waiting calls are in localStorage too, so that a page killed before Go ran loses nothing: the next visit takes them
// over (core/adopt.ts). Write-once keys: one for each task that made calls.

import { attempt } from './attempt.js';
import { type Call, Method } from './border.js';
import { stringify } from './serialise.js';
import { read } from './storage.js';

/** What the keys of stored calls begin with; then come the page's name, '_' and a number. */
export const queuePrefix = 'tlq_';

/** As many calls wait as Go's outbox takes events: a page on which Go never runs must not fill the site's storage. */
export const maxCalls = 5000;

/** Calls after which a visitor may be another one, or none. */
export const visitorChanges: readonly Method[] = [Method.Identify, Method.Reset, Method.OptOut];

/**
 * Where it is noted when such a call began to wait, in milliseconds since 1970; Infinity for an opt-out, of which
 * nothing but Go knows the end. The core forgets it when it has made the calls of dead pages.
 */
export const visitorChangeKey = 'tlw';

const uncertaintyPeriod = 60_000; // Milliseconds. Where Go never runs, such calls wait for ever: what is older is no reason to hand over nothing.

/** Notes that a call waits after which nobody but Go knows who the visitor is. */
export function noteVisitorChange([, method, , at]: Call): void {
  const until = () => Math.max(method === Method.OptOut ? Infinity : at, +read(visitorChangeKey));
  if (visitorChanges.includes(method)) attempt(() => localStorage.setItem(visitorChangeKey, `${until()}`));
}

/** Whether such a call may wait, of this page or of another, so that whose the events are is not known before Go has made it. */
export const isVisitorUncertain = (now: number): boolean => +read(visitorChangeKey) > now - uncertaintyPeriod;

/**
 * Returns what stores the calls of a queue that are not stored yet; or forgets them all, once Go has emptied the queue. Tells other
 * tabs that the page lives, so that its stored calls are its own.
 */
export function createStoredQueue(page: string, queue: readonly Call[]): () => void {
  const keyPrefix = queuePrefix + page;
  let keyCount = 0;
  let lastStored: Call | undefined; // of those that are stored
  let release: () => void;
  const pageEnded = new Promise<void>((resolve) => {
    release = resolve;
  });
  attempt(() => navigator.locks.request(keyPrefix, () => pageEnded).catch(() => {})); // Where storage is blocked locks are too.
  return () => {
    // A tab that started before our lock was there may have taken the first key over, with what opens the trackers: all of it goes again.
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

// Text and numbers one by one: JSON.stringify obeys a toJSON that a page may have given to arrays.
const stringifyCall = (call: Call) => `[${call.map((part) => stringify(part))}]`;
