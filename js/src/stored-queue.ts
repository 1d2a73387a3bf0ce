// The waiting calls are in localStorage too, so that a page killed before Go ran loses nothing: the next visit takes them
// over (core/adopt.ts). Write-once keys: one for each task that made calls.

import { attempt } from './attempt.js';
import { type Call, Method } from './border.js';
import { stringify } from './serialise.js';
import { read } from './storage.js';

/** What the keys of stored calls begin with; then come the page's name, '_' and a number. */
export const queuePrefix = 'tlq_';

/** As many calls wait as Go's outbox takes events: a page on which Go never runs must not fill the site's storage. */
export const mostCalls = 5000;

/** Calls after which a visitor may be another one, or none. */
export const stops: readonly Method[] = [Method.Identify, Method.Reset, Method.OptOut];

/**
 * Where it is noted when such a call began to wait, in milliseconds since 1970; Infinity for an opt-out, of which
 * nothing but Go knows the end. The core forgets it when it has made the calls of dead pages.
 */
export const stopKey = 'tlw';

const recent = 60_000; // Milliseconds. Where Go never runs, such calls wait for ever: what is older is no reason to hand over nothing.

/** Notes that a call waits after which nobody but Go knows who the visitor is. */
export function noteStop([, method, , at]: Call): void {
  const until = () => Math.max(method === Method.OptOut ? Infinity : at, +read(stopKey));
  if (stops.includes(method)) attempt(() => localStorage.setItem(stopKey, `${until()}`));
}

/** Whether such a call may wait, of this page or of another, so that whose the events are is not known before Go has made it. */
export const visitorUnsure = (now: number): boolean => +read(stopKey) > now - recent;

/**
 * Returns what stores the calls of a queue that are not stored yet; or forgets them all, once Go has emptied the queue. Tells other
 * tabs that the page lives, so that its stored calls are its own.
 */
export function createStoredQueue(page: string, queue: readonly Call[]): () => void {
  const name = queuePrefix + page;
  let keys = 0;
  let last: Call | undefined; // of those that are stored
  let release: () => void;
  const alive = new Promise<void>((resolve) => {
    release = resolve;
  });
  attempt(() => navigator.locks.request(name, () => alive).catch(() => {})); // Where storage is blocked locks are too.
  return () => {
    // A tab that started before our lock was there may have taken the first key over, with what opens the trackers: all of it goes again.
    const fresh = queue.slice(read(`${name}_0`) ? queue.lastIndexOf(last as Call) + 1 : 0, mostCalls);
    attempt(() => {
      if (fresh[0]) {
        localStorage.setItem(`${name}_${keys}`, `[${fresh.map(callText)}]`);
        keys++;
        last = fresh[fresh.length - 1];
      } else if (!queue[0]) {
        while (keys) localStorage.removeItem(`${name}_${--keys}`);
        release();
      }
    });
  };
}

// Text and numbers one by one: JSON.stringify obeys a toJSON that a page may have given to arrays.
const callText = (call: Call) => `[${call.map((part) => stringify(part))}]`;
