// A second copy in IndexedDB. localStorage reaches the disk late, so a killed browser loses up to a minute of it; what
// IndexedDB completed survives. It is also in step between tabs, which localStorage is not: new tabs agree on one id here.

import { attempt } from '../attempt.js';

// Milliseconds: some browsers leave an open() unanswered for ever, and a busy machine with eight new tabs needs its time.
const timeout = 3000;

/** Key and text pairs in IndexedDB. Where the browser refuses it, everything is quietly absent. */
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

  /** All pairs whose key begins so, as they were at one moment. */
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
   * Stores a record, if it is any, unless there is one, and returns the one that is there: the same for all tabs that ask at once. Where
   * localStorage has none (`absent`) and is known to have had one on the disk, the page has emptied it: the record that is there is
   * forgotten, and this is a new visitor's.
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
        // A page that ends takes along what is not committed.
        if (commits) transaction.commit?.();
        transaction.oncomplete = () => resolve(request?.result);
        transaction.onabort = () => reject(transaction.error);
      }),
    );
  }
}

const table = 'texts';

// The end of a record that localStorage has on the disk: wasm/tracker/shared_record.go writes it, into this copy only.
const durableSuffix = ',"durable":1}';

// A new visitor's record, marked as later than the one that it follows: tabs that still live, and localStorage as the disk has it after a
// kill, go by that.
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
