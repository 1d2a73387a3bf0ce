// The waiting calls are in localStorage too, so that a page killed before Go ran loses nothing: the next visit takes them
// over (core/adopt.ts). Write-once keys: one for each task that made calls.

import type { Call } from './border.js';
import { remove, write } from './storage.js';

/** What the keys of stored calls begin with; then come the page's name, '_' and a number. */
export const queuePrefix = 'tlq_';

// A browser in which Go never runs must not fill the site's storage.
const mostCalls = 1000;

/** The stored copy of one page's waiting calls. */
export class StoredQueue {
  private readonly keys: string[] = [];
  private stored = 0;
  private release: (() => void) | undefined;

  constructor(private readonly page: string) {
    // Tells other tabs that this page lives, and that its stored calls are its own. Where storage is blocked locks are too.
    const alive = new Promise<void>((resolve) => {
      this.release = resolve;
    });
    navigator.locks?.request(queuePrefix + page, () => alive).catch(() => {});
  }

  /** Stores the calls that are not stored yet. */
  store(queue: readonly Call[]): void {
    const fresh = queue.slice(this.stored, mostCalls);
    const key = `${queuePrefix + this.page}_${this.keys.length}`;
    if (!fresh.length || !write(key, JSON.stringify(fresh))) return;
    this.keys.push(key);
    this.stored += fresh.length;
  }

  /** Go has them all: forgets the stored calls. */
  forget(): void {
    for (const key of this.keys.splice(0)) remove(key);
    this.stored = 0;
    this.release?.();
  }
}
