// The one queue between the page and Go, first in, first out over all methods and all instances. Before Go runs every call waits in it;
// afterwards events wait for the end of their task, and everything else takes along what waits.

import { type Call, type Core, Method } from './border.js';
import { originalBuiltins } from './builtins.js';
import { createCallFactory } from './call-factory.js';
import { handOver } from './handover.js';
import { type Host, uuid } from './host.js';
import { onLeave, whenActivated, whenLoaded } from './lifecycle.js';
import { recordReader } from './record.js';
import { parse, serialise, unsupported } from './serialise.js';
import { createStoredQueue, isVisitorUncertain, maxCalls, noteVisitorChange } from './stored-queue.js';
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
  dispatch(tracker: Tracker, method: Method, args: readonly unknown[], methodName?: string): string | undefined;
  /** Asks for a property of the visitor, which is known before Go runs unless a call that waits, of the methods from..upto, changes it. */
  readProperty(tracker: Tracker, method: Method, property: string, first: Method, last: Method): Value;
  /** Resolves to true when Go took every call made so far, to false when it cannot run. Go need not wait for the load event any more. */
  whenReady(): Promise<boolean>;
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
  reportCode(code: 'global_taken', subject: unknown): void;
}

/** What instances start with. */
export const defaults: Config = { api_host: 'https://api-js.mixpanel.com' };

// Milliseconds: how long after a failure loading is tried again, doubled each time. A deploy or a lost line is over in minutes.
const minRetryDelay = 2_000;
const maxRetryDelay = 600_000;

/** Makes the shim of a page. `heard` hears every warning first. */
export function createShim(host: Host, onWarning?: (warning: Warning) => void): PageShim {
  const trackers: Tracker[] = [];
  const warnings = createWarnings(trackers, onWarning);
  const pageID = uuid(host).slice(19); // 60 random bits: with the number of a call at most 36 letters, digits and -, as $insert_id wants it.
  const createCall = createCallFactory(host, pageID);
  const queue: Call[] = [];
  let core: Core | undefined;
  let isReadyRequested: boolean | undefined;
  let isTaskEndScheduled: boolean | undefined;
  let isHandedOver = false;
  let storeQueue: (() => void) | undefined;
  let failures = 0;
  let resolveStart: () => void;

  const died = (error: unknown) => {
    if (core) {
      core = undefined;
      trackers.forEach(queueOpen); // What comes now waits for another page's Go.
    }
    warnings.reportCode('', 'core_failed', error);
    return false;
  };

  // Opening a tracker waits for storage, so whatever follows waits in the queue as well.
  const replayQueue = async (goCore: Core) => {
    core = undefined;
    while (queue[0]) {
      await goCore.replay(queue[0], () => isHandedOver);
      queue.shift();
    }
    core = goCore;
    const isRunning = endTask();
    // A page's loaded() may open a further tracker, which waits for storage again.
    for (const tracker of isRunning ? trackers.filter(({ awaitsLoaded }) => awaitsLoaded) : []) {
      tracker.awaitsLoaded = false;
      guard(() => tracker.config.loaded?.(tracker.api));
    }
    return isRunning;
  };

  // What cannot be loaded now may be later.
  const retry = (error: unknown) => {
    let isWaiting = true;
    const tryAgain = () => {
      if (isWaiting) queueTaken = load();
      isWaiting = false;
    };
    if (!failures++) died(error);
    setTimeout(tryAgain, Math.min(minRetryDelay * 2 ** failures, maxRetryDelay));
    addEventListener('online', tryAgain);
    return false;
  };

  const load = (): Promise<boolean> =>
    startCore().then((goCore) => {
      queueTaken = replayQueue(goCore).catch(died);
      return queueTaken;
    }, retry);

  const startCore = async (): Promise<Core> => {
    const wasmURL = trackers.find((tracker) => tracker.config.wasm_url)?.config.wasm_url;
    const module = await host.load(failures, wasmURL);
    module.useBuiltins?.(originalBuiltins());
    return module.start({
      ...host,
      pageID,
      wasmURL,
      died,
      warn: (to, warning) => warnings.report(to, parse(warning) as Warning),
    });
  };

  const settled = new Promise<void>((resolve) => {
    resolveStart = resolve;
  }).then(load);

  let queueTaken = settled;

  const startWhenActivated = () => whenActivated(resolveStart);

  // Go takes what waits. Where that kills it, what was to be taken waits again, behind what opens the trackers anew.
  const runQueue = (goCore: Core, end?: boolean) => {
    const calls = queue.splice(0);
    try {
      return goCore.run(calls, end);
    } catch (error) {
      died(error);
      queue.push(...calls);
    }
  };

  const enqueue = (call: Call, immediately?: boolean): string | undefined => {
    let answer: string | undefined;
    queue.push(call);
    if (!core) noteVisitorChange(call);
    else if (call[1] === Method.Open) queueTaken = replayQueue(core).catch(died);
    else if (immediately || queue[maxCalls]) answer = runQueue(core);
    if (!isTaskEndScheduled) {
      isTaskEndScheduled = true;
      Promise.resolve().then(() => guard(endTask)); // Test tools put their own in the place of queueMicrotask.
    }
    if (call[1]) warnings.throwPending(); // An instance that opens is there for all that follows.
    return answer;
  };

  // What was accepted in a task is in storage when the task ends.
  const endTask = () => {
    isTaskEndScheduled = false;
    if (core) runQueue(core, true);
    if (storeQueue) whenActivated(storeQueue); // A page that is never shown was not visited.
    return !!core;
  };

  const requestReady = () => {
    isReadyRequested = true;
    if (storeQueue) startWhenActivated();
    return queueTaken;
  };

  const dispatch: Shim['dispatch'] = (tracker, method, args, methodName) => {
    unsupported.length = 0;
    const call = createCall(tracker.instanceName, method, serialise(args));
    const unsupportedValue = unsupported[0];
    // Events wait for the end of the task, to cross the border together; a warning that is to be thrown does not.
    const immediately = method !== Method.Track || tracker.config.warnings === 'throw';
    const answer = tracker.record ? enqueue(call, immediately) : void tracker.callsBeforeInit.push(call);
    if (methodName && !tracker.record) warnings.reportCode(tracker.instanceName, 'not_initialised', methodName);
    if (unsupportedValue && /^(track|register)/.test(methodName as string))
      dispatch(tracker, Method.Warn, ['bad_value', unsupportedValue]);
    return answer;
  };

  const queueOpen = (tracker: Tracker) => {
    if (tracker.record)
      dispatch(tracker, Method.Open, [tracker.token, tracker.config, tracker.record(), isVisitorUncertain(host.now())]);
  };

  return {
    host,
    settled,
    reportCode: (code, subject) => warnings.reportCode('', code, subject),
    whenReady: requestReady,
    dispatch,
    trackers,
    open(tracker, token, config) {
      const record = recordReader(host, token, config.persistence_name);
      Object.assign(tracker, { record, token, config: { ...defaults, ...config }, awaitsLoaded: true });
      // What this task made so far is Go's and stored: nobody need look for it in the queue.
      if (endTask())
        trackers.forEach(queueOpen); // What the others track meanwhile waits behind it.
      else queueOpen(tracker);
      for (const call of tracker.callsBeforeInit.splice(0)) enqueue(call);
      if (storeQueue) return;
      storeQueue = createStoredQueue(pageID, queue);
      onLeave(() => {
        isHandedOver = true;
        if (core)
          endTask(); // The removal of a frame comes in the middle of a task.
        else handOver(trackers, queue);
      });
      if (isReadyRequested) startWhenActivated();
      else whenLoaded(startWhenActivated);
    },
    readProperty(tracker, method, property, first, last) {
      if (!tracker.record) return;
      if (core) {
        const answer = dispatch(tracker, method, [property]);
        return answer ? (parse(answer) as Value) : undefined;
      }
      if (queue.some(([to, waiting]) => to === tracker.instanceName && waiting >= first && waiting <= last)) {
        dispatch(tracker, Method.Warn, ['not_ready', property]);
        return;
      }
      const record = tracker.record() as Record<string, Value> & StoredRecord;
      return record[property.replace('$', '')] ?? (record.props?.[property] as Value);
    },
    flush: async ({ instanceName }) => (endTask() || (await requestReady())) && (core?.flush(instanceName) ?? false),
  };
}
