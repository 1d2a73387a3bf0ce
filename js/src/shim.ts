// The one queue between the page and Go. Before Go runs every call waits in it, first in, first out over all methods and
// all instances; afterwards calls go straight through.

import { type Call, type Core, Method } from './border.js';
import { handOver } from './handover.js';
import type { Host } from './host.js';
import type { Instances } from './instances.js';
import { whenLeaving, whenLoaded, whenShown } from './moments.js';
import { whyFailed } from './shim-warnings.js';
import { createMoments, type Moments } from './stamp.js';
import { createStoredQueue, type StoredQueue } from './stored-queue.js';
import type { Warning } from './types.js';
import { createWarnings, guard, type Warnings } from './warn.js';

/** Everything that lies between the public methods and Go. */
export interface Shim extends Host {
  instances: Instances;
  warnings: Warnings;
  moments: Moments;
  /** The calls that still wait for Go. */
  queue: readonly Call[];
  /** Resolves to true when Go took every call made so far, to false when it cannot run. */
  settled: Promise<boolean>;
  /** Whether Go takes calls as they are made. */
  up(): boolean;
  /** As `settled`, for a page that asks: it need not wait for the load event. */
  ready(): Promise<boolean>;
  /** Hands one call to Go, or queues it. Returns Go's answer as JSON text, '' where there is none yet. */
  send(call: Call): string;
  /** Sends what waits, now. Resolves to true when all of it was acknowledged. */
  flush(to: string): Promise<boolean>;
  /** Brings Go up once the page has loaded, or at once if the page asked. Called by every init. */
  startWhenLoaded(): void;
}

/** Makes the shim of a page. `heard` hears every warning first. */
export function createShim(host: Host, heard?: (warning: Warning) => void): Shim {
  const instances: Instances = new Map();
  const warnings = createWarnings(instances, heard);
  const moments = createMoments(host);
  const queue: Call[] = [];
  let core: Core | undefined;
  let waiting = false; // for the load event
  let asked = false;
  let storing = false;
  let committing = false;
  let pumping: Promise<void> | undefined;
  let stored: StoredQueue | undefined;
  let settle: (works: boolean) => void;
  const settled = new Promise<boolean>((resolve) => {
    settle = resolve;
  });

  const died = (error: unknown) => {
    core = undefined;
    settle(false);
    warnings.show('', whyFailed(error));
  };

  const attempt = <Result>(action: () => Result): Result | undefined => {
    try {
      return action();
    } catch (error) {
      died(error);
      return undefined;
    }
  };

  const enqueue = (call: Call) => {
    queue.push(call);
    if (core) pumping ??= pump(core).catch(died);
    if (storing) return;
    storing = true;
    queueMicrotask(() =>
      whenShown(() => {
        storing = false;
        stored?.store(queue);
      }),
    );
  };

  // What was accepted in a task is in storage when the task ends.
  const commitSoon = () => {
    if (committing) return;
    committing = true;
    queueMicrotask(() => {
      committing = false;
      attempt(() => core?.commit());
    });
  };

  // Opening a tracker waits for storage, so whatever follows waits in the queue as well.
  const pump = async (up: Core) => {
    for (let call = queue[0]; call; call = queue[0]) {
      await up.take(call);
      queue.shift();
    }
    up.commit();
    stored?.forget();
    pumping = undefined;
    for (const tracker of instances.values()) {
      const { loaded } = tracker.config;
      if (loaded && !tracker.loaded) guard(() => loaded(tracker.api));
      tracker.loaded = true;
    }
  };

  const bringUp = async () => {
    const module = await host.load();
    const up = await module.start({
      wasmURL: [...instances.values()].map(({ config }) => config.wasm_url).find(Boolean),
      pageID: moments.name(),
      now: host.now,
      random: host.random,
      warn: (to, warning) => warnings.show(to, JSON.parse(warning)),
      died,
    });
    await pump(up);
    core = up;
    settle(true);
  };

  const start = () => {
    if (!waiting) return;
    waiting = false;
    bringUp().catch(died);
  };

  const ready = async () => {
    asked = true;
    whenShown(start);
    const works = await settled;
    await pumping;
    return works;
  };

  return {
    ...host,
    instances,
    warnings,
    moments,
    queue,
    settled,
    ready,
    up: () => !!core && !queue.length,
    send(call) {
      const answer = core && !queue.length && call.method !== Method.Open ? attempt(() => core?.call(call)) : undefined;
      if (answer === undefined) enqueue(call);
      else commitSoon();
      warnings.rethrow();
      return answer ?? '';
    },
    flush: async (to) => (await ready()) && !!core && core.flush(to),
    startWhenLoaded() {
      if (stored) return;
      waiting = true;
      stored = createStoredQueue(moments.name());
      whenLeaving(() => {
        if (!core) handOver(instances, queue);
      });
      if (asked) whenShown(start);
      whenLoaded(() => whenShown(start));
    },
  };
}
