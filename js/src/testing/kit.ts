// The entry of throughline/testing: the real library, Go included, with a fake clock, predictable ids, and a recorder in place of the
// network.

import { startWith } from '../core/core.js';
import type { Environment } from '../core/environment.js';
import { keysOf } from '../core/guarded-storage.js';
import { createMixpanel } from '../mixpanel/mixpanel.js';
import type { OverridedMixpanel } from '../mixpanel/types.js';
import { createShim } from '../shim.js';
import { createThroughline } from '../throughline.js';
import type { Config, Instance, Throughline, Warning, WarningsMode } from '../types.js';
import { guard } from '../warn.js';
import { Clock, inNextTask, settle } from './clock.js';
import {
  describeMissingEvent,
  describeWarnings,
  failureCodes,
  findEvent,
  refuseEvent,
  requireOnePerson,
} from './expectations.js';
import { TestNetwork } from './network.js';
import { People } from './people.js';
import { program } from './programs.js';
import { Recorder, type SentEvent, type SentUpdate, type TestPerson } from './recorder.js';
import { shownName, Trackers } from './trackers.js';

export type { SentEvent, SentUpdate, TestPerson } from './recorder.js';

/** Options of `createTestKit`. */
export interface TestKitOptions {
  /** The project token. Default `'test'`. */
  token?: string;
  /** The time of the clock. Default 1 January 2026, 00:00 UTC. */
  now?: number | Date;
  /**
   * `'throw'` (the default) makes the call that causes a warning throw it. `'silent'` only records warnings for `warnings()`. It holds for every
   * tracker, whatever the code under test passes as the option `warnings`; a function that it passes is called all the same.
   */
  warnings?: Extract<WarningsMode, 'throw' | 'silent'>;
  /** Further options of the library, for every tracker whose own options do not replace them. */
  config?: Config;
}

/** The library under test, and what it has sent. */
export interface TestKit {
  /** The library. Provide it where your site's code expects it: as `window.throughline`, or as a mock of the module. */
  readonly throughline: Throughline;
  /**
   * The library object of `throughline/mixpanel`, for code that imports that entry, over the same clock and recorder. As there, its trackers begin with
   * `mixpanel.init`, which the code under test calls.
   */
  readonly mixpanel: OverridedMixpanel;
  /** Returns a second device of the project that the default tracker sends to, with its own storage. */
  device(name: string): Instance;
  /** Sends what waits in all trackers, and returns all events sent so far, of all projects, in order. */
  events(): Promise<SentEvent[]>;
  /** Sends what waits, and returns all updates of profiles sent so far, in order. */
  updates(): Promise<SentUpdate[]>;
  /** Sends what waits, and returns the persons of each project whose events were sent, in the order of their first events. */
  people(): Promise<TestPerson[]>;
  /** Returns the warnings of all trackers so far. */
  warnings(): readonly Warning[];
  /** Returns the distinct_id of the default instance. */
  distinctId(): string | undefined;
  /** Moves the clock forward, and runs the library's timers that become due. */
  advance(milliseconds: number): Promise<void>;
  /**
   * Makes every request fail with this HTTP status (0 for no network) until it is called with undefined. What the library then warns of the collector is
   * in `warnings()`, but neither thrown nor counted by `expectNoWarnings`.
   */
  failWith(status: number | undefined): void;
  /** Rejects unless an event of that name was sent with at least these properties. Resolves to the event. */
  expectEvent(event: string, properties?: object): Promise<SentEvent>;
  /** Rejects if an event of that name, with at least these properties, was sent. */
  expectNoEvent(event: string, properties?: object): Promise<void>;
  /** Rejects unless all of these ids belong to one person of one project. */
  expectOnePerson(...ids: (string | undefined)[]): Promise<void>;
  /** Throws if there was a warning, with its text in the message. `failWith` says which do not count. */
  expectNoWarnings(): void;
}

/** Starts the library for one test, with a new visitor and empty storage. Needs a DOM: a page, happy-dom or jsdom. */
export async function createTestKit(options: TestKitOptions = {}): Promise<TestKit> {
  const { token = 'test', now = Date.UTC(2026, 0, 1), config = {} } = options;
  const missing = ['document', 'addEventListener'].find((name) => !(name in globalThis));
  if (missing) {
    throw new Error(
      `throughline/testing needs a DOM, and there is no global ${missing}: run the test in a page, or with the globals of happy-dom or jsdom (Vitest: environment: 'happy-dom'; node --test: @happy-dom/global-registrator).`,
    );
  }
  await settle(); // Lets the kit of an earlier test store its last changes, before storage is cleared.
  clearStorage();
  const clock = new Clock(Number(now));
  const mode = options.warnings ?? config.warnings ?? 'throw';
  const trackers = new Trackers(config, mode);
  const graph = await program('people.wasm');
  const recorder = new Recorder(() => People.start(graph), trackers.senderOf);
  const network = new TestNetwork(recorder);
  const seen: Warning[] = [];
  const environment: Environment = {
    compile: () => program('throughline.wasm'),
    storage: localStorage,
    cookies: { get: () => '', set: () => false },
    mirror: {
      put: async () => {},
      remove: async () => {},
      entries: async () => [],
      settle: async (_key, text) => text,
    },
    locks: { acquire: (_holder, _name, granted) => inNextTask(granted), release() {} },
    send: network.send,
    pause: async () => {},
    after: (delay, callback) => clock.after(delay, callback),
  };
  const time = () => clock.now;
  const take = (warning: Warning) => {
    seen.push(warning);
    trackers.tellPage(warning, shim.trackers);
  };
  const isExpected = ({ code }: { code: string }) => network.hasFailed && failureCodes.includes(code);
  const shim = createShim(
    {
      now: time,
      random: countingBytes(),
      load: async () => ({
        async [RELEASE](ports) {
          const warn: typeof ports.warn = (to, text) => {
            const warning = JSON.parse(text) as Warning;
            // No call of the code under test has caused it, so that there is none that could throw it.
            if (isExpected(warning)) take({ ...warning, instance: shownName(to) });
            else withDeepStack(() => ports.warn(to, text));
          };
          return trackers.watch(await startWith(environment, { ...ports, warn }));
        },
      }),
    },
    take,
  );
  trackers.keepSettings(shim);
  const throughline = createThroughline(shim);
  throughline.init(token);
  await throughline.ready;
  beginAtInit(throughline, token);

  let mixpanel: OverridedMixpanel | undefined;
  const flush = async () => {
    await throughline.ready;
    await Promise.all(shim.trackers.filter(({ record }) => record).map(shim.flush));
    await settle();
  };
  const events = async () => {
    await flush();
    return [...recorder.events];
  };
  return {
    throughline,
    get mixpanel() {
      mixpanel ??= createMixpanel(shim);
      shim.host.now = time; // That entry reads the clock of the page.
      return mixpanel;
    },
    device: (name) => throughline.init(shim.trackers[0]?.token ?? token, { persistence_name: name }, name),
    events,
    async updates() {
      await flush();
      return [...recorder.updates];
    },
    async people() {
      await flush();
      return recorder.people();
    },
    warnings: () => seen,
    distinctId: () => throughline.get_distinct_id(),
    async advance(milliseconds) {
      await settle();
      await clock.advance(milliseconds);
    },
    failWith: (status) => network.failWith(status),
    async expectEvent(event, properties) {
      const sent = await events();
      const found = findEvent(sent, event, properties);
      if (found) return found;
      throw new Error(describeMissingEvent(sent, event, properties));
    },
    async expectNoEvent(event, properties) {
      refuseEvent(await events(), event, properties);
    },
    async expectOnePerson(...ids) {
      await flush();
      requireOnePerson(recorder, ids);
    },
    expectNoWarnings() {
      const unexpected = seen.filter((warning) => !isExpected(warning));
      if (unexpected.length) throw new Error(`Expected no warnings, but there were: ${describeWarnings(unexpected)}`);
    },
  };
}

/**
 * Makes the first `init` of the code under test begin the default tracker, although the kit has begun it, so that a test can use the library at once.
 * With another token it does anyway. With the kit's own it would only change options, and what happens once at `init` would not happen.
 */
function beginAtInit(throughline: Throughline, token: string): void {
  const { init } = throughline;
  const initOnce = (given: string, config?: Config, name?: string) => {
    const tracker = init(given, config, name as string);
    if (tracker !== (throughline as Instance)) return tracker;
    throughline.init = init;
    if (`${given}` === token) {
      const { loaded, track_pageview } = config ?? {};
      if (track_pageview) tracker.track_pageview({ $mp_autocapture: true });
      if (loaded) throughline.ready.then(() => guard(() => loaded(tracker)));
    }
    return tracker;
  };
  throughline.init = initOnce as typeof init; // The map of events that a caller names is of types only.
}

// An error has the ten innermost calls by default, which are all of the library's own: the line of the test would not be among them.
function withDeepStack(report: () => void): void {
  const limits = Error as { stackTraceLimit?: number };
  const { stackTraceLimit } = limits;
  limits.stackTraceLimit = 40;
  report();
  if (stackTraceLimit === undefined)
    delete limits.stackTraceLimit; // It is of V8 only.
  else limits.stackTraceLimit = stackTraceLimit;
}

/** Returns a source of "random" bytes that are the same in every run: 1, 2, 3... */
function countingBytes(): (bytes: Uint8Array<ArrayBuffer>) => Uint8Array<ArrayBuffer> {
  let count = 0;
  return (bytes) => {
    count++;
    return bytes.map((_, index) => (index === bytes.length - 1 ? count : 0));
  };
}

function clearStorage(): void {
  // Ours, and those of mixpanel-browser, which are read too.
  for (const key of keysOf(localStorage)) if (/^(tl[a-z]?_|_*mp)/.test(key)) localStorage.removeItem(key);
}
