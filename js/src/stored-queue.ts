// The waiting calls are in localStorage too, so that a page killed before Go ran loses nothing: the next visit takes them
// over (core/adopt.ts). Write-once keys: one for each task that made calls.

import type { Call } from './border.js';
import { remove, write } from './storage.js';

/** What the keys of stored calls begin with; then come the page's name, '_' and a number. */
export const queuePrefix = 'tlq_';

// A page on which Go never runs must not fill the site's storage. As many as Go's outbox takes.
const mostCalls = 5000;

/** The stored copy of one page's waiting calls. */
export interface StoredQueue {
  /** Stores the calls that are not stored yet. */
  store(queue: readonly Call[]): void;
  /** Go has them all: forgets the stored calls. */
  forget(): void;
}

/** Makes the stored queue of a page, and tells other tabs that the page lives, so that its stored calls are its own. */
export function createStoredQueue(page: string): StoredQueue {
  const keys: string[] = [];
  let stored = 0;
  let release: () => void;
  const alive = new Promise<void>((resolve) => {
    release = resolve;
  });
  navigator.locks?.request(queuePrefix + page, () => alive).catch(() => {}); // Where storage is blocked locks are too.
  return {
    store(queue) {
      const fresh = queue.slice(stored, mostCalls);
      const key = `${queuePrefix + page}_${keys.length}`;
      if (!fresh.length || !write(key, JSON.stringify(fresh))) return;
      keys.push(key);
      stored += fresh.length;
    },
    forget() {
      keys.splice(0).forEach(remove);
      stored = 0;
      release();
    },
  };
}
