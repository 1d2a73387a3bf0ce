// Access to localStorage for Go. An exception that passes through Go ends the program, so these functions return a result instead.

import { attempt } from '../attempt.js';

/** The result of storing a text. wasm/browser/storage.go has the same numbers. */
export enum Stored {
  Yes,
  Full,
  Blocked,
}

/** The storage functions that wasm/browser/storage.go calls. */
export interface GuardedStorage {
  /** Returns the text of a key, or null. */
  get(key: string): string | null;
  set(key: string, text: string): Stored;
  remove(key: string): void;
  /** Returns all keys that begin with `prefix`, separated by line breaks. */
  keys(prefix: string): string;
}

/** Wraps a Storage. Undefined, where the browser blocks storage, becomes a storage that refuses everything. */
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

/** Returns all keys of a Storage. A plain loop, because Prototype.js and MooTools replace Array.from by one without a mapping function. */
export function keysOf(storage: Storage | undefined): string[] {
  const keys: string[] = [];
  for (let n = 0; n < (storage?.length ?? 0); n++) keys.push(storage?.key(n) ?? '');
  return keys;
}

/** Reports whether a Storage keeps what is stored in it. Some consent scripts replace localStorage by one that does not. */
export function isPersistent(storage: Storage | undefined): boolean {
  const key = 'tlp';
  const guarded = guardStorage(storage);
  const text = `${attempt(Math.random) ?? 1}`;
  const kept = guarded.set(key, text) === Stored.Yes && guarded.get(key) === text;
  guarded.remove(key);
  return kept;
}

/** Returns localStorage, or undefined where reading that property throws. */
export function pageStorage(): Storage | undefined {
  return attempt(() => localStorage);
}
