// Finds the calls of pages that ended before Go ran there (stored-queue.ts), so that this page makes them with their own times and insert
// ids. The calls of a page are taken by one tab only, under the lock that the page held while it was alive.

import { attempt } from '../attempt.js';
import { type Call, Method, type OpenArguments } from '../border.js';
import { recordKey } from '../record.js';
import { read, remove } from '../storage.js';
import { queuePrefix } from '../stored-queue.js';
import { guardStorage, pageStorage } from './guarded-storage.js';
import type { Mirror } from './mirror.js';

// Milliseconds.
const minAgeWithoutLocks = 60_000; // On plain http there are no locks to tell whether the page is still alive.
const copyInterval = 1000;
// Another tab may see removed keys for a while, because browsers synchronise localStorage between processes with a delay.
const lockReleaseDelay = 5000;

const maxStoredCharacters = 1_000_000;

type Copies = Pick<Mirror, 'put' | 'remove' | 'entries'>;

/** The stored calls of one page, and a function that removes them once Go has made them. */
export type OrphanedCalls = [calls: Call[], forget: () => void];

/** The copies of this page's waiting calls in IndexedDB. */
export interface QueueCopies {
  /** Removes the copies, once Go has made the calls. */
  forget(): void;
  /** Stops making copies. */
  end(): void;
}

/**
 * Copies the stored calls of this page to IndexedDB, every second while Go is being loaded: if the whole browser is killed, localStorage
 * may not be on disk yet.
 */
export function copyQueue(page: string, mirror: Copies): QueueCopies {
  const copied = new Set<string>();
  let timer: ReturnType<typeof setTimeout>;
  const copy = () => {
    for (const key of localKeys(`${queuePrefix + page}_`)) {
      if (!copied.has(key)) mirror.put(key, read(key));
      copied.add(key);
    }
    scheduleCopy();
  };
  const scheduleCopy = () => {
    timer = setTimeout(copy, copyInterval);
  };
  scheduleCopy();
  return { forget: () => mirror.remove([...copied]), end: () => clearTimeout(timer) };
}

/**
 * Limits the size of all stored calls, by removing those of the oldest pages. Called where Go cannot run, as no page takes over the calls
 * there. Nearly all of these events were sent by beacon when their page was left.
 */
export async function pruneStoredCalls(mirror: Copies): Promise<void> {
  const entries = [...(await storedEntries(queuePrefix, mirror))].sort(
    ([, a], [, b]) => createdAt(parse(b, '')) - createdAt(parse(a, '')),
  );
  let size = 0;
  const surplus = entries.filter(([, text]) => {
    size += text.length;
    return size > maxStoredCharacters;
  });
  removeEntries(
    surplus.map(([key]) => key),
    mirror,
  );
}

function removeEntries(keys: readonly string[], mirror: Copies): void {
  keys.forEach(remove);
  mirror.remove(keys);
}

/**
 * Returns the calls that ended pages left, the oldest page first. If several tabs open at once, only one of them gets the calls of a page:
 * a reset that is made twice would create two visitors.
 */
export async function claimOrphanedCalls(self: string, mirror: Copies): Promise<OrphanedCalls[]> {
  const keys = [...(await storedEntries(queuePrefix, mirror)).keys()];
  const pages = new Set(keys.map((key) => key.split('_')[1] as string));
  pages.delete(self);
  const all = await Promise.all([...pages].map((page) => claimPage(page, mirror)));
  const optOuts = findOptOuts(self);
  return all
    .flat()
    .sort(([a], [b]) => createdAt(a) - createdAt(b))
    .map(([calls, forget]) => [insertOptOut(calls, optOuts), forget]);
}

// Returns the opt-outs among the waiting calls of this page, by the key of the record that they change.
function findOptOuts(page: string): Map<string, Call> {
  const keys = new Map<string, string>();
  const optOuts = new Map<string, Call>();
  for (const call of parseInOrder(localEntries(`${queuePrefix + page}_`), page)) {
    const [to, method, args] = call;
    if (method === Method.Open) keys.set(to, openedRecordKey(args));
    if (method === Method.OptOut) optOuts.set(keys.get(to) ?? '', call);
  }
  return optOuts;
}

// Inserts an opt-out of this page before the calls that earlier pages left for the same visitor: none of those may be sent after it.
const insertOptOut = (calls: readonly Call[], optOuts: ReadonlyMap<string, Call>): Call[] =>
  calls.flatMap((call): Call[] => {
    const [to, method, args] = call;
    const optOut = method === Method.Open && optOuts.get(openedRecordKey(args));
    return optOut ? [call, [to, ...optOut.slice(1)] as unknown as Call] : [call];
  });

// Returns the key of the record that an Open call opens, or '' if its arguments are invalid, because anybody can write to localStorage.
function openedRecordKey(args: string): string {
  const [token, config, record] = attempt(() => JSON.parse(args) as OpenArguments) ?? [];
  return config && record ? recordKey(token as string, config.persistence_name) : '';
}

async function claimPage(page: string, mirror: Copies): Promise<OrphanedCalls[]> {
  const release = await tryLock(queuePrefix + page);
  if (!release) return [];
  const entries = await storedEntries(`${queuePrefix + page}_`, mirror);
  const calls = parseInOrder([...entries], page);
  const forget = () => {
    removeEntries([...entries.keys()], mirror);
    setTimeout(release, lockReleaseDelay);
  };
  return navigator.locks || createdAt(calls) < Date.now() - minAgeWithoutLocks ? [[calls, forget]] : [];
}

// Requests the lock of a page, which the page itself holds while it is alive, and a tab that takes over its calls holds afterwards.
// Resolves to a function that releases it, or to undefined if it is held elsewhere or storage is blocked.
function tryLock(name: string): Promise<(() => void) | undefined> {
  return new Promise((resolve) => {
    const onGranted = (granted: Lock | null) => (granted ? new Promise<void>(resolve) : resolve(undefined));
    const onRefused = () => resolve(undefined);
    if (navigator.locks)
      attempt(() => navigator.locks.request(name, { ifAvailable: true }, onGranted).catch(onRefused), onRefused);
    else resolve(() => {});
  });
}

// Returns all texts whose key begins with `prefix`, from IndexedDB and localStorage. Where both have a key, localStorage counts.
async function storedEntries(prefix: string, mirror: Copies): Promise<Map<string, string>> {
  return new Map([...(await mirror.entries(prefix)), ...localEntries(prefix)]);
}

const localEntries = (prefix: string) => localKeys(prefix).map((key): [string, string] => [key, read(key)]);

function localKeys(prefix: string): string[] {
  return guardStorage(pageStorage()).keys(prefix).split('\n').filter(Boolean);
}

// Returns the calls of one page in the order in which they were made.
const parseInOrder = (texts: [string, string][], page: string) =>
  texts.sort(([a], [b]) => keyNumber(a) - keyNumber(b)).flatMap(([, text]) => parse(text, page));

function parse(text: string, owner: string): Call[] {
  try {
    const calls = JSON.parse(text) as Call[];
    return calls
      .filter(([to, , args, , id, page]) => [to, args, id, page].every((part) => typeof part === 'string'))
      .filter(([, method, args]) => method !== Method.Open || openedRecordKey(args)) // Calls to an instance that was not opened are ignored.
      .map(([to, ...rest]) => [`${owner}:${to}`, ...rest]);
  } catch {
    return [];
  }
}

const createdAt = (calls: readonly Call[]) => calls[0]?.[3] ?? 0;

const keyNumber = (key: string) => Number(key.split('_')[2]);
