// A second copy in IndexedDB. localStorage reaches the disk late, so a killed browser loses up to a minute of it; what
// IndexedDB completed survives. It is also in step between tabs, which localStorage is not: new tabs agree on one id here.

// Milliseconds: some browsers leave an open() unanswered for ever, and a busy machine with eight new tabs needs its time.
const patience = 3000;

/** Key and text pairs in IndexedDB. Where the browser refuses it, everything is quietly absent. */
export class Mirror {
  private readonly database: Promise<IDBDatabase | undefined>;

  constructor(name = 'throughline') {
    this.database = within(open(name));
  }

  /** Stores a text. */
  async put(key: string, text: string): Promise<void> {
    await this.run('readwrite', (store) => store.put(text, key));
  }

  /** Removes texts. */
  async remove(keys: readonly string[]): Promise<void> {
    await this.run('readwrite', (store) => keys.map((key) => store.delete(key)).pop());
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

  /** Stores a text, if it is any, unless there is one, and returns the one that is there: the same for all tabs that ask at once. */
  async settle(key: string, text: string): Promise<string> {
    let there: string | undefined;
    await this.run('readwrite', (store) => {
      const asked = store.get(key);
      asked.onsuccess = () => {
        there = (asked.result as string | undefined) ?? text;
        if (asked.result === undefined && text) store.put(text, key);
      };
      return asked;
    });
    return there ?? text;
  }

  private async run<Result>(
    mode: IDBTransactionMode,
    action: (store: IDBObjectStore) => IDBRequest<Result> | undefined,
  ): Promise<Result | undefined> {
    const database = await this.database;
    if (!database) return undefined;
    return within(
      new Promise<Result | undefined>((resolve, reject) => {
        const transaction = database.transaction(table, mode);
        const request = action(transaction.objectStore(table));
        transaction.oncomplete = () => resolve(request?.result);
        transaction.onabort = () => reject(transaction.error);
      }),
    );
  }
}

const table = 'texts';

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

async function within<Result>(promise: Promise<Result>): Promise<Result | undefined> {
  const late = new Promise<undefined>((resolve) => setTimeout(resolve, patience, undefined));
  return Promise.race([promise, late]).catch(() => undefined);
}
