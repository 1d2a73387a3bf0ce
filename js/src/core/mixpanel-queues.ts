// Takes over the events and profile updates that mixpanel-browser has queued in localStorage and not delivered. A tab that still runs that
// library may use the same queues, so that its lock is respected: three keys beside each queue, by which its tabs agree on one that may change
// it (the fast mutual exclusion of Alur and Taubenfeld, with a timeout for tabs that are gone).

import { attempt } from '../attempt.js';
import type { Environment } from './environment.js';
import { stringify } from './stringify.js';

/** An entry of mixpanel-browser's queue. Until the time `flushAfter`, the tab that queued it is about to send it. */
interface QueueEntry {
  flushAfter?: number;
  payload?: unknown;
}

// The ends of the queues' keys, in the order of the endpoints in Go.
const suffixes = ['ev', 'pp', 'gr'];

const lockTimeout = 2000; // Milliseconds, as in mixpanel-browser.
// Milliseconds. Browsers show one tab what another has stored with a delay, so that the lock of that library does not keep two tabs of this one
// apart. These also use a lock of the browser, and hold it until the other can see what was removed.
const releaseDelay = 5000;

let lastHolder = 0; // The holders of the other locks are handles, which are positive.

const maxDelay = 60_000; // Milliseconds. A clock that was set back must not delay updates for ever.

/**
 * Passes what waits in the queues of a project to `take`, as a JSON array for each endpoint, and removes it there. Events are taken at once:
 * where the tab that queued them still sends them too, their insert ids make them one. Updates of profiles have none, so that they are taken
 * when that tab has had its time.
 */
export function takeMixpanelQueues(
  token: string,
  environment: Environment,
  now: () => number,
  take: (endpoint: number, messages: string) => void,
): void {
  const { storage, after, locks } = environment;
  suffixes.forEach((suffix, endpoint) => {
    const key = `__mpq_${token}_${suffix}`;
    const takeDue = () => {
      const queue = readQueue(storage as Storage, key); // Another tab may have taken it meanwhile.
      const next = queue.findIndex(
        ({ flushAfter = 0 }) => endpoint && flushAfter > now() && flushAfter < now() + maxDelay,
      );
      const due = next < 0 ? queue : queue.slice(0, next);
      const rest = queue.slice(due.length);
      if (due[0]) take(endpoint, stringify(due.map(({ payload }) => payload)));
      if (rest[0]) {
        storage?.setItem(key, stringify(rest));
        after(Math.max(0, (rest[0].flushAfter as number) - now()) + 1, takeAll);
      } else storage?.removeItem(key);
      return !!due[0];
    };
    const takeAll = () => {
      if (!storage || !attempt(() => readQueue(storage, key)[0])) return;
      const holder = --lastHolder;
      locks.acquire(holder, `tls_${key}`, () => {
        const release = () => locks.release(holder);
        withLock(key, storage, environment, now, takeDue).then(
          (isTaken) => (isTaken ? void after(releaseDelay, release) : release()),
          release, // Storage may be blocked.
        );
      });
    };
    takeAll();
  });
}

function readQueue(storage: Storage, key: string): QueueEntry[] {
  const queue = attempt(() => JSON.parse(storage.getItem(key) ?? '[]'));
  return Array.isArray(queue) ? queue.filter((entry) => entry?.payload) : [];
}

async function withLock(
  key: string,
  storage: Storage,
  { after }: Environment,
  now: () => number,
  action: () => boolean,
): Promise<boolean> {
  const self = `${now()}|${Math.random()}`;
  const [claim, holder, busy] = [`${key}:X`, `${key}:Y`, `${key}:Z`] as const;
  const start = now();
  const wait = async () => {
    if (now() - start > lockTimeout) {
      storage.removeItem(busy);
      storage.removeItem(holder);
    }
    await new Promise<void>((resolve) => after(10 + 100 * Math.random(), resolve));
  };
  for (;;) {
    storage.setItem(claim, self);
    while (storage.getItem(holder)) await wait();
    storage.setItem(holder, self);
    if (storage.getItem(claim) === self) break;
    await wait();
    if (storage.getItem(holder) !== self) continue;
    while (storage.getItem(busy)) await wait();
    break;
  }
  storage.setItem(busy, '1');
  try {
    return action();
  } finally {
    storage.removeItem(busy);
    for (const key of [holder, claim]) if (storage.getItem(key) === self) storage.removeItem(key);
  }
}
