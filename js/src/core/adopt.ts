// The calls of pages that died before Go ran (stored-queue.ts): made now, with the moment and the insert ids they had.

import { attempt } from '../attempt.js';
import { type Call, Method, type Opening } from '../border.js';
import { recordKey } from '../record.js';
import { read, remove } from '../storage.js';
import { queuePrefix } from '../stored-queue.js';
import type { Mirror } from './mirror.js';
import { guardStorage, pageStorage } from './storage.js';

// Milliseconds.
const tooYoung = 60_000; // Without locks, the page that stored them may still live.
const copyEvery = 1000;
const stale = 5000; // Until then another tab may see what was forgotten: localStorage is not in step.

const mostLeft = 1_000_000; // Characters.

type Copies = Pick<Mirror, 'put' | 'remove' | 'entries'>;

/** The stored calls of one dead page, and what forgets them, once Go has them. */
export type Orphans = [calls: Call[], forget: () => void];

/** The copies of a page's waiting calls in IndexedDB. */
export interface WaitingCopies {
  /** Go has the calls: forgets the copies. */
  forget(): void;
  /** Makes no further ones. */
  end(): void;
}

/**
 * Copies to IndexedDB what a page has waited with for about a second: localStorage alone is not on the disk yet when the whole browser
 * is killed.
 */
export function copyWaiting(page: string, mirror: Copies): WaitingCopies {
  const copied = new Set<string>();
  let timer: ReturnType<typeof setTimeout>;
  const copy = () => {
    for (const key of storedKeys(`${queuePrefix + page}_`)) {
      if (!copied.has(key)) mirror.put(key, read(key));
      copied.add(key);
    }
    later();
  };
  const later = () => {
    timer = setTimeout(copy, copyEvery);
  };
  later();
  return { forget: () => mirror.remove([...copied]), end: () => clearTimeout(timer) };
}

/**
 * Where Go cannot run, nobody takes over what pages leave: the pages left longest ago are forgotten, until what all have left is no
 * more than Go would keep. Nearly all of it was handed over by beacon.
 */
export async function prune(mirror: Copies): Promise<void> {
  const left = [...(await stored(queuePrefix, mirror))].sort(([, a], [, b]) => born(parse(b, '')) - born(parse(a, '')));
  let size = 0;
  const over = left.filter(([, text]) => {
    size += text.length;
    return size > mostLeft;
  });
  forgetAll(
    over.map(([key]) => key),
    mirror,
  );
}

function forgetAll(keys: readonly string[], mirror: Copies): void {
  keys.forEach(remove);
  mirror.remove(keys);
}

/** Finds what dead pages left, oldest page first. Of several tabs that open at once one gets it: a reset made twice is two visitors. */
export async function orphans(self: string, mirror: Copies): Promise<Orphans[]> {
  const keys = [...(await stored(queuePrefix, mirror)).keys()];
  const pages = new Set(keys.map((key) => key.split('_')[1] as string));
  pages.delete(self);
  const all = await Promise.all([...pages].map((page) => claim(page, mirror)));
  const choices = optOuts(self);
  return all
    .flat()
    .sort(([a], [b]) => born(a) - born(b))
    .map(([calls, forget]) => [afterOptOut(calls, choices), forget]);
}

// The opt-outs among the calls that a page waits with, by the key of the record they are for.
function optOuts(page: string): Map<string, Call> {
  const keys = new Map<string, string>();
  const choices = new Map<string, Call>();
  for (const call of inOrder(storedHere(`${queuePrefix + page}_`), page)) {
    const [to, method, args] = call;
    if (method === Method.Open) keys.set(to, opened(args));
    if (method === Method.OptOut) choices.set(keys.get(to) ?? '', call);
  }
  return choices;
}

// Whoever opted out on this page did so after all that dead pages left, and nothing of that may be sent: so the opt-out comes first.
const afterOptOut = (calls: readonly Call[], choices: ReadonlyMap<string, Call>): Call[] =>
  calls.flatMap((call): Call[] => {
    const [to, method, args] = call;
    const choice = method === Method.Open && choices.get(opened(args));
    return choice ? [call, [to, ...choice.slice(1)] as unknown as Call] : [call];
  });

// The key of the record that a call opens, '' where it cannot: storage may have been written by hand.
function opened(args: string): string {
  const [token, config, record] = attempt(() => JSON.parse(args) as Opening) ?? [];
  return config && record ? recordKey(token as string, config.persistence_name) : '';
}

async function claim(page: string, mirror: Copies): Promise<Orphans[]> {
  const release = await lock(queuePrefix + page);
  if (!release) return [];
  const left = await stored(`${queuePrefix + page}_`, mirror);
  const calls = inOrder([...left], page);
  const forget = () => {
    forgetAll([...left.keys()], mirror);
    setTimeout(release, stale);
  };
  return navigator.locks || born(calls) < Date.now() - tooYoung ? [[calls, forget]] : [];
}

// A page that lives holds a lock of its name, and so does who takes over from a dead one. How to let go of it; undefined where somebody
// else has it, or all storage is blocked.
function lock(name: string): Promise<(() => void) | undefined> {
  return new Promise((resolve) => {
    const held = (granted: Lock | null) => (granted ? new Promise<void>(resolve) : resolve(undefined));
    const refused = () => resolve(undefined);
    if (navigator.locks)
      attempt(() => navigator.locks.request(name, { ifAvailable: true }, held).catch(refused), refused);
    else resolve(() => {});
  });
}

// All that is stored under such keys, in localStorage or only in IndexedDB.
async function stored(prefix: string, mirror: Copies): Promise<Map<string, string>> {
  return new Map([...(await mirror.entries(prefix)), ...storedHere(prefix)]);
}

const storedHere = (prefix: string) => storedKeys(prefix).map((key): [string, string] => [key, read(key)]);

function storedKeys(prefix: string): string[] {
  return guardStorage(pageStorage()).keys(prefix).split('\n').filter(Boolean);
}

// The calls of one page, as they were made.
const inOrder = (texts: [string, string][], page: string) =>
  texts.sort(([a], [b]) => number(a) - number(b)).flatMap(([, text]) => parse(text, page));

function parse(text: string, owner: string): Call[] {
  try {
    const calls = JSON.parse(text) as Call[];
    return calls
      .filter(([to, , args, , id, page]) => [to, args, id, page].every((part) => typeof part === 'string'))
      .filter(([, method, args]) => method !== Method.Open || opened(args)) // Else neither it is made nor what follows it.
      .map(([to, ...rest]) => [`${owner}:${to}`, ...rest]);
  } catch {
    return [];
  }
}

const born = (calls: readonly Call[]) => calls[0]?.[3] ?? 0;

const number = (key: string) => Number(key.split('_')[2]);
