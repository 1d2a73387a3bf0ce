// localStorage for Go. An exception that crosses Go ends it, so each of these answers instead of throwing.

import { attempt } from '../attempt.js';

/** What came of storing a text. wasm/browser/storage.go has the same numbers. */
export enum Stored {
  Yes,
  Full,
  Blocked,
}

/** What wasm/browser/storage.go calls. */
export interface GuardedStorage {
  /** The text under a key, or null. */
  get(key: string): string | null;
  set(key: string, text: string): Stored;
  remove(key: string): void;
  /** All keys that begin so, one a line. */
  keys(prefix: string): string;
}

/** Guards a Storage. `undefined` (blocked by the browser) is a storage that refuses everything. */
export function guardStorage(storage: Storage | undefined): GuardedStorage {
  return {
    get: (key) => attempt(() => storage?.getItem(key)) ?? null,
    set(key, text) {
      try {
        if (!storage) return Stored.Blocked;
        storage.setItem(key, text);
        return Stored.Yes;
      } catch (error) {
        return /quota/i.test((error as Error).name) ? Stored.Full : Stored.Blocked;
      }
    },
    remove: (key) => attempt(() => storage?.removeItem(key)),
    keys: (prefix) =>
      attempt(() =>
        keysOf(storage)
          .filter((key) => key.startsWith(prefix))
          .join('\n'),
      ) ?? '',
  };
}

/** All keys of a Storage. By a plain loop: Prototype.js and MooTools replace Array.from by one that takes no function. */
export function keysOf(storage: Storage | undefined): string[] {
  const keys: string[] = [];
  for (let n = 0; n < (storage?.length ?? 0); n++) keys.push(storage?.key(n) ?? '');
  return keys;
}

/** Whether a Storage keeps what it is given. A script that asks for consent may have put one in its place that does not. */
export function isPersistent(storage: Storage | undefined): boolean {
  const key = 'tlp';
  const guarded = guardStorage(storage);
  const text = `${attempt(Math.random) ?? 1}`;
  const kept = guarded.set(key, text) === Stored.Yes && guarded.get(key) === text;
  guarded.remove(key);
  return kept;
}

/** The page's localStorage, or undefined where reading the property throws. */
export function pageStorage(): Storage | undefined {
  return attempt(() => localStorage);
}
