// The waiting calls are in localStorage too, so that a page killed before Go ran loses nothing: the next visit takes them
// over (core/adopt.ts). Write-once keys: one for each task that made calls.

import type { Call } from './border.js';
import { pageID } from './page.js';
import { remove, write } from './storage.js';

/** What the keys of stored calls begin with; then come the page's name, '_' and a number. */
export const queuePrefix = 'tlq_';

// A browser in which Go never runs must not fill the site's storage.
const mostCalls = 1000;

const keys: string[] = [];
let stored = 0;
let release: (() => void) | undefined;

/** Tells other tabs that this page lives, and that its stored calls are its own. */
export function keepAlive(): void {
  navigator.locks?.request(queuePrefix + pageID(), () => new Promise<void>((resolve) => {
    release = resolve;
  })).catch(() => {}); // A page without storage access has no locks, and no stored calls either.
}

/** Stores the calls that are not stored yet. */
export function store(queue: readonly Call[]): void {
  const fresh = queue.slice(stored, mostCalls);
  if (!fresh.length) return;
  const key = `${queuePrefix + pageID()}_${keys.length}`;
  if (!write(key, JSON.stringify(fresh))) return;
  keys.push(key);
  stored += fresh.length;
}

/** Go has them all: forgets the stored calls. */
export function unstore(): void {
  for (const key of keys.splice(0)) remove(key);
  stored = 0;
  release?.();
}
