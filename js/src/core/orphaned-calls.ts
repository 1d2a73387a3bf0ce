// The calls of pages that died before Go ran (stored-queue.ts): made now, with the moment and the insert ids they had.

import { attempt } from '../attempt.js';
import { type Call, Method, type OpenArguments } from '../border.js';
import { recordKey } from '../record.js';
import { read, remove } from '../storage.js';
import { queuePrefix } from '../stored-queue.js';
import { guardStorage, pageStorage } from './guarded-storage.js';
import type { Mirror } from './mirror.js';

// Milliseconds.
const minAgeWithoutLocks = 60_000; // Without locks, the page that stored them may still live.
const copyInterval = 1000;
const lockReleaseDelay = 5000; // Until then another tab may see what was forgotten: localStorage is not in step.

const maxStoredCharacters = 1_000_000; // Characters.

type Copies = Pick<Mirror, 'put' | 'remove' | 'entries'>;

/** The stored calls of one dead page, and what forgets them, once Go has them. */
export type OrphanedCalls = [calls: Call[], forget: () => void];

/** The copies of a page's waiting calls in IndexedDB. */
export interface QueueCopies {
  /** Go has the calls: forgets the copies. */
  forget(): void;
  /** Makes no further ones. */
  end(): void;
}

/**
 * Copies to IndexedDB what a page has waited with for about a second: localStorage alone is not on the disk yet when the whole browser
 * is killed.
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
 * Where Go cannot run, nobody takes over what pages leave: the pages left longest ago are forgotten, until what all have left is no
 * more than Go would keep. Nearly all of it was handed over by beacon.
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

/** Finds what dead pages left, oldest page first. Of several tabs that open at once one gets it: a reset made twice is two visitors. */
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

// The opt-outs among the calls that a page waits with, by the key of the record they are for.
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

// Whoever opted out on this page did so after all that dead pages left, and nothing of that may be sent: so the opt-out comes first.
const insertOptOut = (calls: readonly Call[], optOuts: ReadonlyMap<string, Call>): Call[] =>
  calls.flatMap((call): Call[] => {
    const [to, method, args] = call;
    const optOut = method === Method.Open && optOuts.get(openedRecordKey(args));
    return optOut ? [call, [to, ...optOut.slice(1)] as unknown as Call] : [call];
  });

// The key of the record that a call opens, '' where it cannot: storage may have been written by hand.
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

// A page that lives holds a lock of its name, and so does who takes over from a dead one. How to let go of it; undefined where somebody
// else has it, or all storage is blocked.
function tryLock(name: string): Promise<(() => void) | undefined> {
  return new Promise((resolve) => {
    const onGranted = (granted: Lock | null) => (granted ? new Promise<void>(resolve) : resolve(undefined));
    const onRefused = () => resolve(undefined);
    if (navigator.locks)
      attempt(() => navigator.locks.request(name, { ifAvailable: true }, onGranted).catch(onRefused), onRefused);
    else resolve(() => {});
  });
}

// All that is stored under such keys, in localStorage or only in IndexedDB.
async function storedEntries(prefix: string, mirror: Copies): Promise<Map<string, string>> {
  return new Map([...(await mirror.entries(prefix)), ...localEntries(prefix)]);
}

const localEntries = (prefix: string) => localKeys(prefix).map((key): [string, string] => [key, read(key)]);

function localKeys(prefix: string): string[] {
  return guardStorage(pageStorage()).keys(prefix).split('\n').filter(Boolean);
}

// The calls of one page, as they were made.
const parseInOrder = (texts: [string, string][], page: string) =>
  texts.sort(([a], [b]) => keyNumber(a) - keyNumber(b)).flatMap(([, text]) => parse(text, page));

function parse(text: string, owner: string): Call[] {
  try {
    const calls = JSON.parse(text) as Call[];
    return calls
      .filter(([to, , args, , id, page]) => [to, args, id, page].every((part) => typeof part === 'string'))
      .filter(([, method, args]) => method !== Method.Open || openedRecordKey(args)) // Else neither it is made nor what follows it.
      .map(([to, ...rest]) => [`${owner}:${to}`, ...rest]);
  } catch {
    return [];
  }
}

const createdAt = (calls: readonly Call[]) => calls[0]?.[3] ?? 0;

const keyNumber = (key: string) => Number(key.split('_')[2]);
