// The calls of pages that died before Go ran (stored-queue.ts): made now, with the moment and the insert ids they had.

import type { Call } from '../border.js';
import { read, remove } from '../storage.js';
import { queuePrefix } from '../stored-queue.js';
import { guardStorage, pageStorage } from './storage.js';

const tooYoung = 60_000; // Milliseconds: without locks, the page that stored them may still live.

/** The stored calls of one dead page. */
export interface Orphans {
  calls: Call[];
  /** Forgets them, once Go has them. */
  forget(): void;
}

/** Finds what dead pages left, oldest page first. */
export async function orphans(): Promise<Orphans[]> {
  const keys = guardStorage(pageStorage()).keys(queuePrefix).split('\n').filter(Boolean);
  if (!keys.length) return [];
  const living = await livingPages();
  const pages = new Map<string, string[]>();
  for (const key of keys) {
    const page = key.slice(0, key.lastIndexOf('_'));
    pages.set(page, [...(pages.get(page) ?? []), key]);
  }
  return [...pages]
    .filter(([page]) => !living?.has(page))
    .map(([page, own]) =>
      adopt(
        page,
        own.sort((a, b) => number(a) - number(b)),
      ),
    )
    .filter(({ calls }) => living || (calls[0]?.at ?? 0) < Date.now() - tooYoung)
    .sort((a, b) => (a.calls[0]?.at ?? 0) - (b.calls[0]?.at ?? 0));
}

function adopt(page: string, keys: readonly string[]): Orphans {
  const calls = keys.flatMap((key) => parse(read(key))).map((call) => ({ ...call, to: `${page}:${call.to}` }));
  return { calls, forget: () => keys.forEach(remove) };
}

function parse(text: string): Call[] {
  try {
    const calls = JSON.parse(text) as Call[];
    return calls.filter(({ args, id, page, to }) => [args, id, page, to].every((part) => typeof part === 'string'));
  } catch {
    return [];
  }
}

async function livingPages(): Promise<Set<string> | undefined> {
  const { held } = (await navigator.locks?.query().catch(() => undefined)) ?? {};
  return held && new Set(held.map(({ name }) => name as string));
}

function number(key: string): number {
  return Number(key.slice(key.lastIndexOf('_') + 1));
}
