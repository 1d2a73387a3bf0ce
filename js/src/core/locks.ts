// One sender at a time per project and origin. Held only while sending: a held lock keeps a page out of the back/forward cache.

import { attempt } from '../attempt.js';

/** Takes locks by name and gives them back. */
export class Locks {
  private readonly releases = new Map<number, () => void>();

  /** Calls `granted` when this page may send. Where the browser has no locks (plain http), at once: insert ids stand in. */
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

  /** Gives a lock back. */
  release(holder: number): void {
    this.releases.get(holder)?.();
    this.releases.delete(holder);
  }
}
