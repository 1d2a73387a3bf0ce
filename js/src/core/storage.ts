// localStorage for Go. An exception that crosses Go ends it, so each of these answers instead of throwing.

/** What wasm/browser/storage.go calls through syscall/js. */
export interface GuardedStorage {
  /** The text under a key, or null. */
  get(key: string): string | null;
  /** '' when it is stored, 'full' or 'blocked' when not. */
  set(key: string, text: string): '' | 'full' | 'blocked';
  remove(key: string): void;
  /** All keys that begin so, one a line. */
  keys(prefix: string): string;
}

/** Guards a Storage. `undefined` (blocked by the browser) is a storage that refuses everything. */
export function guardStorage(storage: Storage | undefined): GuardedStorage {
  return {
    get: (key) => attempt(() => storage?.getItem(key) ?? null, null),
    set(key, text) {
      try {
        if (!storage) return 'blocked';
        storage.setItem(key, text);
        return '';
      } catch (error) {
        return /quota/i.test((error as Error).name) ? 'full' : 'blocked';
      }
    },
    remove: (key) => attempt(() => storage?.removeItem(key), undefined),
    keys: (prefix) =>
      attempt(
        () =>
          keysOf(storage)
            .filter((key) => key.startsWith(prefix))
            .join('\n'),
        '',
      ),
  };
}

/** All keys of a Storage. */
export function keysOf(storage: Storage | undefined): string[] {
  return Array.from({ length: storage?.length ?? 0 }, (_, index) => storage?.key(index) ?? '');
}

/** The page's localStorage, or undefined where reading the property throws. */
export function pageStorage(): Storage | undefined {
  return attempt(() => localStorage, undefined);
}

function attempt<Result>(action: () => Result, otherwise: Result): Result {
  try {
    return action();
  } catch {
    return otherwise;
  }
}
