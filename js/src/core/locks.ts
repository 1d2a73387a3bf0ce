// The lock of the sender: one tab at a time sends for a project and origin. It is held only while sending, because a page that holds a
// lock cannot enter the back/forward cache.

import { attempt } from '../attempt.js';

/** Acquires and releases locks by name. */
export class Locks {
  private readonly releases = new Map<number, () => void>();

  /**
   * Calls `granted` when the lock is held. Browsers have no locks on plain http. There it is called at once: two tabs may then send the
   * same event, and the collector recognises the second by its insert id.
   */
  acquire(holder: number, name: string, granted: () => void): void {
    const held = () => {
      const released = new Promise<void>((resolve) => this.releases.set(holder, resolve));
      granted();
      return released;
    };
    attempt(
      () => globalThis.navigator.locks.request(name, held).catch(held),
      () => setTimeout(held),
    );
  }

  /** Releases a lock. */
  release(holder: number): void {
    this.releases.get(holder)?.();
    this.releases.delete(holder);
  }
}
