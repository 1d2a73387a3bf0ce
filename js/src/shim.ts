// The one queue between the page and Go, first in, first out over all methods and all instances. Before Go runs every call waits in it;
// afterwards events wait for the end of their task, and everything else takes along what waits.

import { type Call, type Core, Method } from './border.js';
import { clean } from './clean.js';
import { handOver } from './handover.js';
import { type Host, uuid } from './host.js';
import { whenLeaving, whenLoaded, whenShown } from './moments.js';
import { recordReader } from './record.js';
import { odd, parse, serialise } from './serialise.js';
import { createStamp } from './stamp.js';
import { createStoredQueue, mostCalls, noteStop, visitorUnsure } from './stored-queue.js';
import type { StoredRecord } from './stored-record.js';
import type { Tracker } from './tracker.js';
import type { Config, Value, Warning } from './types.js';
import { createWarnings, guard } from './warn.js';

/** What lies between the public methods and Go. */
export interface Shim {
  trackers: Tracker[];
  /** Starts a tracker, and sees to it that Go comes up: once the page has loaded, or at once if the page asked. */
  open(tracker: Tracker, token: string, config: Config): void;
  /**
   * Makes one call: hands it to Go, or queues it. Returns Go's answer as JSON text, if there is one. `told` is what the
   * page called, for the warning that it did so before init.
   */
  make(tracker: Tracker, method: Method, args: readonly unknown[], told?: string): string | undefined;
  /** Asks for a property of the visitor, which is known before Go runs unless a call that waits, of the methods from..upto, changes it. */
  ask(tracker: Tracker, method: Method, property: string, from: Method, upto: Method): Value;
  /** Resolves to true when Go took every call made so far, to false when it cannot run. Go need not wait for the load event any more. */
  up(): Promise<boolean>;
  /** Sends what waits, now. Resolves to true when all of it was acknowledged. */
  flush(tracker: Tracker): Promise<boolean>;
}

/** The shim of a web page. */
export interface PageShim extends Shim {
  /** What the shim was made with. */
  host: Host;
  /** As `ready`, without asking for anything. */
  settled: Promise<boolean>;
  /** Gives a warning that is no instance's. */
  tell(code: 'global_taken', subject: unknown): void;
}

/** What instances start with. */
export const defaults: Config = { api_host: 'https://api-js.mixpanel.com' };

// Milliseconds: how long after a failure loading is tried again, doubled each time. A deploy or a lost line is over in minutes.
const firstPause = 2_000;
const lastPause = 600_000;

/** Makes the shim of a page. `heard` hears every warning first. */
export function createShim(host: Host, heard?: (warning: Warning) => void): PageShim {
  const trackers: Tracker[] = [];
  const warnings = createWarnings(trackers, heard);
  const pageID = uuid(host).slice(19); // 60 random bits: with the number of a call at most 36 letters, digits and -, as $insert_id wants it.
  const stamp = createStamp(host, pageID);
  const queue: Call[] = [];
  let core: Core | undefined;
  let asked: boolean | undefined;
  let ending: boolean | undefined;
  let handedOver = false;
  let store: (() => void) | undefined;
  let failures = 0;
  let begin: () => void;

  const died = (error: unknown) => {
    if (core) {
      core = undefined;
      trackers.forEach(introduce); // What comes now waits for another page's Go.
    }
    warnings.tell('', 'core_failed', error);
    return false;
  };

  // Opening a tracker waits for storage, so whatever follows waits in the queue as well.
  const pump = async (up: Core) => {
    core = undefined;
    while (queue[0]) {
      await up.take(queue[0], () => handedOver);
      queue.shift();
    }
    core = up;
    const runs = endTask();
    // A page's loaded() may open a further tracker, which waits for storage again.
    for (const tracker of runs ? trackers.filter(({ opened }) => opened) : []) {
      tracker.opened = false;
      guard(() => tracker.config.loaded?.(tracker.api));
    }
    return runs;
  };

  // What cannot be loaded now may be later.
  const retry = (error: unknown) => {
    let waits = true;
    const again = () => {
      if (waits) taken = load();
      waits = false;
    };
    if (!failures++) died(error);
    setTimeout(again, Math.min(firstPause * 2 ** failures, lastPause));
    addEventListener('online', again);
    return false;
  };

  const load = (): Promise<boolean> =>
    startCore().then((up) => {
      taken = pump(up).catch(died);
      return taken;
    }, retry);

  const startCore = async (): Promise<Core> => {
    const wasmURL = trackers.find((tracker) => tracker.config.wasm_url)?.config.wasm_url;
    const module = await host.load(failures, wasmURL);
    module.own?.(clean());
    return module.start({
      ...host,
      pageID,
      wasmURL,
      died,
      warn: (to, warning) => warnings.show(to, parse(warning) as Warning),
    });
  };

  const settled = new Promise<void>((resolve) => {
    begin = resolve;
  }).then(load);

  let taken = settled;

  const start = () => whenShown(begin);

  // Go takes what waits. Where that kills it, what was to be taken waits again, behind what opens the trackers anew.
  const drain = (up: Core, end?: boolean) => {
    const calls = queue.splice(0);
    try {
      return up.calls(calls, end);
    } catch (error) {
      died(error);
      queue.push(...calls);
    }
  };

  const send = (call: Call, now?: boolean): string | undefined => {
    let answer: string | undefined;
    queue.push(call);
    if (!core) noteStop(call);
    else if (call[1] === Method.Open) taken = pump(core).catch(died);
    else if (now || queue[mostCalls]) answer = drain(core);
    if (!ending) {
      ending = true;
      Promise.resolve().then(() => guard(endTask)); // Test tools put their own in the place of queueMicrotask.
    }
    if (call[1]) warnings.rethrow(); // An instance that opens is there for all that follows.
    return answer;
  };

  // What was accepted in a task is in storage when the task ends.
  const endTask = () => {
    ending = false;
    if (core) drain(core, true);
    if (store) whenShown(store); // A page that is never shown was not visited.
    return !!core;
  };

  const ready = () => {
    asked = true;
    if (store) start();
    return taken;
  };

  const make: Shim['make'] = (tracker, method, args, name) => {
    odd.length = 0;
    const call = stamp(tracker.called, method, serialise(args));
    const bad = odd[0];
    // Events wait for the end of the task, to cross the border together; a warning that is to be thrown does not.
    const now = method !== Method.Track || tracker.config.warnings === 'throw';
    const answer = tracker.record ? send(call, now) : void tracker.before.push(call);
    if (name && !tracker.record) warnings.tell(tracker.called, 'not_initialised', name);
    if (bad && /^(track|register)/.test(name as string)) make(tracker, Method.Warn, ['bad_value', bad]);
    return answer;
  };

  const introduce = (tracker: Tracker) => {
    if (tracker.record)
      make(tracker, Method.Open, [tracker.token, tracker.config, tracker.record(), visitorUnsure(host.now())]);
  };

  return {
    host,
    settled,
    tell: (code, subject) => warnings.tell('', code, subject),
    up: ready,
    make,
    trackers,
    open(tracker, token, config) {
      const record = recordReader(host, token, config.persistence_name);
      Object.assign(tracker, { record, token, config: { ...defaults, ...config }, opened: true });
      // What this task made so far is Go's and stored: nobody need look for it in the queue.
      if (endTask())
        trackers.forEach(introduce); // What the others track meanwhile waits behind it.
      else introduce(tracker);
      for (const call of tracker.before.splice(0)) send(call);
      if (store) return;
      store = createStoredQueue(pageID, queue);
      whenLeaving(() => {
        handedOver = true;
        if (core)
          endTask(); // The removal of a frame comes in the middle of a task.
        else handOver(trackers, queue);
      });
      if (asked) start();
      else whenLoaded(start);
    },
    ask(tracker, method, property, from, upto) {
      if (!tracker.record) return;
      if (core) {
        const answer = make(tracker, method, [property]);
        return answer ? (parse(answer) as Value) : undefined;
      }
      if (queue.some(([to, waits]) => to === tracker.called && waits >= from && waits <= upto)) {
        make(tracker, Method.Warn, ['not_ready', property]);
        return;
      }
      const record = tracker.record() as Record<string, Value> & StoredRecord;
      return record[property.replace('$', '')] ?? (record.props?.[property] as Value);
    },
    flush: async ({ called }) => (endTask() || (await ready())) && (core?.flush(called) ?? false),
  };
}
