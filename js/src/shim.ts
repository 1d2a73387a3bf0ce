// The one queue between the page and Go. Before Go runs every call waits in it, first in, first out over all methods and
// all instances; afterwards calls go straight through.

import type { Call, Core } from './border.js';
import { whyFailed } from './failure.js';
import { handOver } from './handover.js';
import { instances } from './instances.js';
import { loadCore } from './load.js';
import { whenLeaving, whenLoaded, whenShown } from './moments.js';
import { pageID } from './page.js';
import { keepAlive, store, unstore } from './stored-queue.js';
import { guard, showWarning, throwPending } from './warn.js';

const queue: Call[] = [];
let core: Core | undefined;
let state: 'new' | 'waiting' | 'starting' | 'settled' = 'new';
let storing = false;
let committing = false;
let asked = false;

let settle: (works: boolean) => void;

/** As `ready`, for whoever does not ask for haste. */
export const settled = new Promise<boolean>((resolve) => {
  settle = resolve;
});

/** Whether Go takes calls as they are made. */
export function up(): boolean {
  return !!core;
}

/** The calls that still wait for Go. */
export function waiting(): readonly Call[] {
  return queue;
}

/** Resolves to true when Go took every call made so far, to false when it cannot run. Whoever asks need not wait for the load event. */
export function ready(): Promise<boolean> {
  asked = true;
  if (state !== 'new') whenShown(start);
  return settled;
}

/** Hands one call to Go, or queues it. Returns Go's answer as JSON text, '' where there is none yet. */
export function send(call: Call): string {
  let answer = '';
  if (!core || queue.length) enqueue(call);
  else {
    try {
      answer = core.call(call);
      commitSoon();
    } catch (error) {
      died(error);
      enqueue(call);
    }
  }
  throwPending();
  return answer;
}

/** Sends what waits, now. Resolves to true when all of it was acknowledged. */
export async function flush(to: string): Promise<boolean> {
  return (await ready()) && core ? core.flush(to) : false;
}

/** Brings Go up once the page has loaded, or at once if the page asked. Called by every init. */
export function startWhenLoaded(): void {
  if (state !== 'new') return;
  state = 'waiting';
  keepAlive();
  whenLeaving(() => {
    if (!core) handOver(queue);
  });
  if (asked) whenShown(start);
  whenLoaded(() => whenShown(start));
}

function enqueue(call: Call): void {
  queue.push(call);
  if (storing) return;
  storing = true;
  queueMicrotask(() =>
    whenShown(() => {
      storing = false;
      store(queue);
    }),
  );
}

// What was accepted in a task is in storage when the task ends.
function commitSoon(): void {
  if (committing) return;
  committing = true;
  queueMicrotask(() => {
    committing = false;
    try {
      core?.commit();
    } catch (error) {
      died(error);
    }
  });
}

function start(): void {
  if (state !== 'waiting') return;
  state = 'starting';
  bringUp().catch(died);
}

async function bringUp(): Promise<void> {
  const wasmURL = [...instances.values()].map(({ config }) => config.wasm_url).find(Boolean);
  const module = await loadCore();
  const up = await module.start({ wasmURL, pageID: pageID(), warn: showWarning, died });
  for (let call = queue[0]; call; call = queue[0]) {
    await up.take(call);
    queue.shift();
  }
  up.commit();
  core = up;
  state = 'settled';
  unstore();
  settle(true);
  for (const { config, api } of instances.values()) guard(() => config.loaded?.(api));
}

function died(error: unknown): void {
  core = undefined;
  if (state !== 'settled') settle(false);
  state = 'settled';
  showWarning('', JSON.stringify(whyFailed(error)));
}
