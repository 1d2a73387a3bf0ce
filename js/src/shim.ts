// The queue between the page and Go, first in, first out over all methods and all instances. Before Go runs, every call waits in it.
// Afterwards events wait until the end of their task, so that they cross the border together; any other call is made at once, after
// those that wait.

import { type Call, type Core, Method, type PendingAnswer, type StartCore } from './border.js';
import { originalBuiltins } from './builtins.js';
import { createCallFactory } from './call-factory.js';
import { handOver, isHandedOver } from './handover.js';
import { type Host, uuid } from './host.js';
import { onLeave, whenActivated, whenLoaded } from './lifecycle.js';
import { recordReader } from './record.js';
import { parse, unsupported } from './serialise.js';
import { createStoredQueue, isVisitorUncertain, maxCalls, noteFailure, noteVisitorChange } from './stored-queue.js';
import type { StoredRecord } from './stored-record.js';
import type { Tracker } from './tracker.js';
import type { Config, Value, Warning } from './types.js';
import { createWarnings, guard } from './warn.js';

/** The interface between the public methods and the queue. */
export interface Shim {
  /** The host that the shim was created with. */
  host: Host;
  trackers: Tracker[];
  /** Starts a tracker. The first one also starts Go: once the page has loaded, or at once if the page has asked for `ready`. */
  open(tracker: Tracker, token: string, config: Tracker['config']): void;
  /**
   * Makes a call: hands it to Go, or queues it. Returns Go's answer as JSON text, if there is one. `methodName` is the public method that
   * the page called, for the warning `not_initialised`.
   */
  dispatch(tracker: Tracker, method: Method, args: readonly unknown[], methodName?: string): string | undefined;
  /** Returns the answer to the request that the last dispatch sent, if it sent one. */
  lastRequest(): PendingAnswer | undefined;
  /**
   * Returns a property of the visitor. Before Go runs it is read from the record, unless a waiting call of one of the methods from `first`
   * to `last` may change it.
   */
  readProperty(tracker: Tracker, method: Method, property: string, first: Method, last: Method): Value;
  /**
   * Resolves to true when Go has taken every call made so far, to false when it cannot run. From this call on, loading does not wait for
   * the load event any more.
   */
  whenReady(): Promise<boolean>;
  /** Sends what waits, now. Resolves to true when all of it was acknowledged. */
  flush(tracker: Tracker): Promise<boolean>;
}

/** The shim of a web page. */
export interface PageShim extends Shim {
  /** As `whenReady`, but does not start loading. */
  settled: Promise<boolean>;
  /** Shows a warning that concerns no instance. */
  reportCode(code: 'global_taken', subject: unknown): void;
}

/** The configuration of an instance before init. */
export const defaults: Config = { api_host: 'https://api-js.mixpanel.com' };

// Milliseconds between attempts to load the core, doubled after each failure. A deployment or a lost connection is over in minutes.
const minRetryDelay = 2_000;
const maxRetryDelay = 600_000;

/** Creates the shim of a page. `onWarning` receives every warning first. */
export function createShim(host: Host, onWarning?: (warning: Warning) => void): PageShim {
  const trackers: Tracker[] = [];
  const warnings = createWarnings(trackers, onWarning);
  // 60 random bits. With the number of the call this makes an $insert_id, of which Mixpanel allows at most 36 letters, digits and hyphens.
  const pageID = uuid(host).slice(19);
  const createCall = createCallFactory(host, pageID);
  const queue: Call[] = [];
  let core: Core | undefined;
  let isReadyRequested: boolean | undefined;
  let isTaskEndScheduled: boolean | undefined;
  let storeQueue: (() => void) | undefined;
  let failures = 0;
  let resolveStart: () => void;

  const died = (error: unknown) => {
    if (core) {
      core = undefined;
      trackers.forEach(queueOpen); // Later calls wait for the next page's Go, which needs an Open before them.
    }
    warnings.reportCode('', 'core_failed', error);
    return false;
  };

  // Makes the waiting calls in order. Opening a tracker waits for storage, so new calls are queued meanwhile.
  const replayQueue = async (goCore: Core) => {
    core = undefined;
    while (queue[0]) {
      await goCore.replay(queue[0], () => isHandedOver(queue));
      queue.shift();
    }
    core = goCore;
    return callLoaded();
  };

  const callLoaded = () => {
    const isRunning = endTask();
    // The page's loaded() may open a further tracker, which again waits for storage.
    for (const tracker of isRunning ? trackers.filter(({ awaitsLoaded }) => awaitsLoaded) : []) {
      tracker.awaitsLoaded = false;
      guard(() => tracker.config.loaded?.(tracker.api));
    }
    return isRunning;
  };

  // Tries to load the core again, after a delay or as soon as the browser is online.
  const retry = (error: { isFinal?: boolean }) => {
    let isWaiting = true;
    const tryAgain = () => {
      if (isWaiting) queueTaken = load();
      isWaiting = false;
    };
    if (!failures++) {
      died(error);
      if (mayStore()) noteFailure(queue);
    }
    if (error.isFinal) return false;
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
    return (module[RELEASE] as StartCore)({
      ...host,
      shimHost: host,
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

  // Hands the waiting calls to Go. If Go crashes, `died` queues an Open for each tracker, and the calls are queued again after these.
  const runQueue = (goCore: Core, end?: boolean) => {
    const calls = queue.splice(0);
    try {
      return goCore.run(calls, end);
    } catch (error) {
      died(error);
      queue.push(...calls);
    }
  };

  // The calls of all trackers wait in one queue.
  const mayStore = () => !trackers.some(({ config }) => config.disable_persistence);

  const enqueue = (call: Call, immediately?: boolean): string | undefined => {
    let answer: string | undefined;
    queue.push(call);
    if (!core) mayStore() && noteVisitorChange(call, failures);
    else if (call[1] === Method.Open) {
      if (core.openAtOnce(call)) queue.pop();
      else queueTaken = replayQueue(core).catch(died);
    } else if (immediately || queue[maxCalls]) answer = runQueue(core);
    if (!isTaskEndScheduled) {
      isTaskEndScheduled = true;
      Promise.resolve().then(() => guard(endTask)); // Fake timers of test tools replace queueMicrotask.
    }
    if (call[1]) warnings.throwPending(); // Not from init, which returns the instance.
    return answer;
  };

  // Runs at the end of each task that made calls: what was accepted is stored before the browser can end the page.
  const endTask = () => {
    isTaskEndScheduled = false;
    if (core) runQueue(core, true);
    if (storeQueue && mayStore()) whenActivated(storeQueue); // The calls of a prerendered page that is never shown must not be sent.
    return !!core;
  };

  const requestReady = () => {
    isReadyRequested = true;
    if (storeQueue) startWhenActivated();
    return queueTaken;
  };

  const dispatch: Shim['dispatch'] = (tracker, method, args, methodName) => {
    unsupported.length = 0;
    const call = createCall(tracker, method, args);
    const unsupportedValue = unsupported[0];
    // Events wait for the end of the task, but not where warnings are thrown: they must be thrown from the call that caused them.
    const immediately = method !== Method.Track || tracker.config.warnings === 'throw' || tracker.config.mixpanel;
    const answer = tracker.record ? enqueue(call, immediately) : void tracker.callsBeforeInit.push(call);
    if (methodName) {
      if (tracker.token == null) warnings.reportCode(tracker.instanceName, 'not_initialised', methodName);
      // What set_config, track_links and track_forms take need not be JSON.
      if (unsupportedValue && !/_[clf]/.test(methodName))
        dispatch(tracker, Method.Warn, ['bad_value', unsupportedValue]);
    }
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
      const record = recordReader(host, token, config);
      Object.assign(tracker, { token, config: { ...defaults, ...config }, awaitsLoaded: true });
      guard(() => tracker.onOpen?.());
      tracker.record = record;
      // The calls that this task has made so far go to Go and to storage first, so that the queue begins with Open.
      if (endTask() && !config.mixpanel)
        trackers.forEach(queueOpen); // The queue may be stored while Go waits for storage, so each instance's calls need an Open.
      else queueOpen(tracker);
      // Later views, of a single-page app, are the core's (core/page-views.ts). A prerendered page that is never shown has none.
      if (tracker.config.track_pageview) whenActivated(() => tracker.api.track_pageview({ $mp_autocapture: true }));
      for (const call of tracker.callsBeforeInit.splice(0)) enqueue(call);
      if (core) callLoaded();
      if (storeQueue) return;
      storeQueue = createStoredQueue(pageID, queue);
      onLeave(() => {
        if (core)
          endTask(); // When a frame is removed, pagehide comes in the middle of a task.
        else handOver(trackers, queue, failures > 0);
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
    lastRequest: () => core?.lastRequest(),
    flush: async ({ instanceName }) => (endTask() || (await requestReady())) && (core?.flush(instanceName) ?? false),
  };
}
