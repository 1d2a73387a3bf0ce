// The entry of throughline/testing: the real library, Go included, with a fake clock, predictable ids, and a recorder in place of the
// network.

import { startWith } from '../core/core.js';
import type { Environment } from '../core/environment.js';
import { keysOf } from '../core/guarded-storage.js';
import { createShim } from '../shim.js';
import { createThroughline } from '../throughline.js';
import type { Config, Instance, Properties, Throughline, Warning, WarningsMode } from '../types.js';
import { Clock, inNextTask, settle } from './clock.js';
import { describeEvents, describeProperties, missing } from './messages.js';
import { People } from './people.js';
import { program } from './programs.js';
import { Recorder, type SentEvent } from './recorder.js';

export type { SentEvent } from './recorder.js';

/** One person, as the collector would identify it. */
export interface TestPerson {
  /** The original distinct_id. */
  original: string;
  /** All distinct_ids of the person, the original first. */
  ids: string[];
  events: SentEvent[];
}

/** Options of `createTestKit`. */
export interface TestKitOptions {
  /** The project token. Default `'test'`. */
  token?: string;
  /** The time of the clock. Default 1 January 2026, 00:00 UTC. */
  now?: number | Date;
  /** `'throw'` (the default) makes the call that causes a warning throw it. `'silent'` only records warnings for `warnings()`. */
  warnings?: Extract<WarningsMode, 'throw' | 'silent'>;
  /** Further options of the library. */
  config?: Config;
}

/** The library under test, and what it has sent. */
export interface TestKit {
  /** The library. Provide it where your site's code expects it: as `window.throughline`, or as a mock of the module. */
  readonly throughline: Throughline;
  /** Returns a second device of the same project, with its own storage. */
  device(name: string): Instance;
  /** Sends what waits, and returns all events sent so far, in order. */
  events(): Promise<SentEvent[]>;
  /** Sends what waits, and returns the persons whose events were sent, in the order of their first events. */
  people(): Promise<TestPerson[]>;
  /** Returns the warnings so far. */
  warnings(): readonly Warning[];
  /** Returns the distinct_id of the default instance. */
  distinctId(): string | undefined;
  /** Moves the clock forward, and runs the library's timers that become due. */
  advance(milliseconds: number): Promise<void>;
  /** Makes every request fail with this HTTP status (0 for no network) until it is called with undefined. */
  failWith(status: number | undefined): void;
  /** Rejects unless an event of that name was sent with at least these properties. Resolves to the event. */
  expectEvent(event: string, properties?: Properties): Promise<SentEvent>;
  /** Rejects if an event of that name was sent. */
  expectNoEvent(event: string): Promise<void>;
  /** Rejects unless all of these ids belong to one person. */
  expectOnePerson(...ids: string[]): Promise<void>;
  /** Throws if there was a warning, with its text in the message. */
  expectNoWarnings(): void;
}

/** Starts the library for one test, with a new visitor and empty storage. Needs a DOM: a page, happy-dom or jsdom. */
export async function createTestKit(options: TestKitOptions = {}): Promise<TestKit> {
  const { token = 'test', now = Date.UTC(2026, 0, 1), config = {} } = options;
  if (typeof document !== 'object' || typeof addEventListener !== 'function') {
    throw new Error(
      "throughline/testing needs a DOM: run the test in a page, or with happy-dom or jsdom (in Vitest: environment: 'happy-dom').",
    );
  }
  await settle(); // Lets the kit of an earlier test store its last changes, before storage is cleared.
  clearStorage();
  const clock = new Clock(Number(now));
  const people = await People.start(await program('people.wasm'));
  const recorder = new Recorder(people);
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
    send: recorder.send,
    pause: async () => {},
    after: (delay, callback) => clock.after(delay, callback),
  };
  const shim = createShim(
    {
      now: () => clock.now,
      random: countingBytes(),
      load: async () => ({ start: (ports) => startWith(environment, ports) }),
    },
    (warning) => seen.push(warning),
  );
  const throughline = createThroughline(shim);
  throughline.init(token, { warnings: options.warnings ?? 'throw', ...config });
  await throughline.ready;

  const devices = [throughline as Instance];
  const events = async () => {
    await Promise.all(devices.map((device) => device.flush()));
    await settle();
    return [...recorder.events];
  };
  return {
    throughline,
    device(name) {
      const device = throughline.init(
        token,
        { warnings: options.warnings ?? 'throw', ...config, persistence_name: name },
        name,
      );
      devices.push(device);
      return device;
    },
    events,
    async people() {
      const sent = await events();
      const originals = new Set(sent.map(({ distinct_id }) => people.ids(distinct_id)[0] as string));
      return [...originals].map((original) => {
        const ids = people.ids(original);
        return { original, ids, events: sent.filter(({ distinct_id }) => ids.includes(distinct_id)) };
      });
    },
    warnings: () => seen,
    distinctId: () => throughline.get_distinct_id(),
    async advance(milliseconds) {
      await settle();
      await clock.advance(milliseconds);
    },
    failWith: (status) => recorder.failWith(status),
    async expectEvent(event, properties = {}) {
      const sent = await events();
      const named = sent.filter((candidate) => candidate.event === event);
      const found = named.find((candidate) => missing(candidate, properties).length === 0);
      if (found) return found;
      const wanted = `Expected an event "${event}"${describeProperties(properties)}.`;
      const differences = named.map((candidate) => `It was sent, but ${missing(candidate, properties).join(', ')}.`);
      throw new Error([wanted, ...(named.length ? differences : ['It was not sent.']), describeEvents(sent)].join(' '));
    },
    async expectNoEvent(event) {
      const count = (await events()).filter((candidate) => candidate.event === event).length;
      if (count)
        throw new Error(`Expected no event "${event}", but it was sent ${count === 1 ? 'once' : `${count} times`}.`);
    },
    async expectOnePerson(...ids) {
      await events();
      const [first = '', ...rest] = ids;
      const known = people.ids(first);
      const strangers = rest.filter((id) => !known.includes(id));
      if (strangers.length) {
        const mend = `alias("${strangers[0]}") at sign-up, before identify, would have joined them`;
        throw new Error(
          `Expected one person, but ${strangers.map((id) => `"${id}"`).join(' and ')} is not the person of "${first}" (${known.join(', ')}): ${mend}.`,
        );
      }
    },
    expectNoWarnings() {
      if (seen.length)
        throw new Error(
          `Expected no warnings, but there were: ${seen.map(({ code, what, mend }) => `[${code}] ${what} ${mend}`).join(' ')}`,
        );
    },
  };
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
  for (const key of keysOf(localStorage)) if (/^tl[a-z]?_/.test(key)) localStorage.removeItem(key);
}
