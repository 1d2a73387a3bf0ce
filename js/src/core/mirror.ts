// The copy of records and outbox in IndexedDB. Browsers write localStorage to disk with a delay, so a killed browser loses up to a minute
// of it; a completed transaction of IndexedDB survives. Transactions are also serialised between tabs, which accesses to localStorage are
// not, so several tabs opened at once by a new visitor agree on one id here.

import { attempt } from '../attempt.js';

// Milliseconds. Some browsers never answer an open(). On a busy machine with eight new tabs, an answer may take seconds.
const timeout = 3000;

/** Texts by key in IndexedDB. If the browser has none, nothing is stored and nothing is found; no method rejects. */
export class Mirror {
  private readonly database: Promise<IDBDatabase | undefined>;

  constructor(name = 'throughline') {
    this.database = withTimeout(open(name));
  }

  /** Stores a text. */
  async put(key: string, text: string): Promise<void> {
    await this.run('readwrite', (store) => store.put(text, key), true);
  }

  /** Removes texts. */
  async remove(keys: readonly string[]): Promise<void> {
    await this.run('readwrite', (store) => keys.map((key) => store.delete(key)).pop(), true);
  }

  /** Returns all pairs of key and text whose key begins with `prefix`, from one transaction. */
  async entries(prefix: string): Promise<[string, string][]> {
    let texts: IDBRequest<unknown[]> | undefined;
    const keys = await this.run('readonly', (store) => {
      const range = IDBKeyRange.bound(prefix, `${prefix}\uffff`);
      texts = store.getAll(range);
      return store.getAllKeys(range);
    });
    return (keys ?? []).map((key, index) => [key as string, texts?.result[index] as string]);
  }

  /**
   * Stores a record unless there is one, and returns the stored one, which is the same for all tabs that call this at once. `text` may be
   * '', for no record. `absent` tells whether localStorage has no record. If so, but the stored record is marked as having been on disk in
   * localStorage, the page must have emptied localStorage. Then the stored record is replaced: this is a new visitor.
   */
  async settle(key: string, text: string, absent: () => boolean): Promise<string> {
    let existing: string | undefined;
    await this.run('readwrite', (store) => {
      const request = store.get(key) as IDBRequest<string | undefined>;
      request.onsuccess = () => {
        existing = request.result;
        if (existing !== undefined && !(existing.endsWith(durableSuffix) && absent())) return;
        existing = existing && text ? asSuccessor(existing, text) : text;
        if (existing) store.put(existing, key);
        else store.delete(key);
      };
      return request;
    });
    return existing ?? text;
  }

  private async run<Result>(
    mode: IDBTransactionMode,
    action: (store: IDBObjectStore) => IDBRequest<Result> | undefined,
    commits = false,
  ): Promise<Result | undefined> {
    const database = await this.database;
    if (!database) return undefined;
    return withTimeout(
      new Promise<Result | undefined>((resolve, reject) => {
        const transaction = database.transaction(table, mode);
        const request = action(transaction.objectStore(table));
        // If the page ends before the transaction commits by itself, it is lost.
        if (commits) transaction.commit?.();
        transaction.oncomplete = () => resolve(request?.result);
        transaction.onabort = () => reject(transaction.error);
      }),
    );
  }
}

const table = 'texts';

// How a record ends that localStorage has on disk. wasm/tracker/shared_record.go writes this mark, into this copy only.
const durableSuffix = ',"durable":1}';

// Returns the record of a new visitor with higher counters than the old record has. By these, tabs that are still open, and Go when a
// killed browser has restored an old localStorage, recognise it as the newer one.
function asSuccessor(old: string, text: string): string {
  const { epoch = 0, saves = 0 } = attempt(() => JSON.parse(old) as { epoch?: number; saves?: number }) ?? {};
  return `${text.slice(0, -1)},"epoch":${epoch + 1},"saves":${saves + 1}}`;
}

function open(name: string): Promise<IDBDatabase> {
  return new Promise((resolve, reject) => {
    const request = indexedDB.open(name, 1);
    request.onupgradeneeded = () => request.result.createObjectStore(table);
    request.onsuccess = () => {
      const database = request.result;
      database.onversionchange = () => database.close();
      resolve(database);
    };
    request.onerror = () => reject(request.error);
  });
}

async function withTimeout<Result>(promise: Promise<Result>): Promise<Result | undefined> {
  const timedOut = new Promise<undefined>((resolve) => setTimeout(resolve, timeout, undefined));
  return Promise.race([promise, timedOut]).catch(() => undefined);
}
