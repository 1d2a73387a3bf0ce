// What one test sees: what its pages have sent, the persons that these events belong to, and the warnings of the pages.

import { setTimeout as sleep } from 'node:timers/promises';
import { failureCodes, refuseEvent } from '../testing/expectations.js';
import type { SentEvent, SentUpdate, TestPerson } from '../testing/recorder.js';
import type { ContextLike, FrameLike, PuppeteerPageLike } from './browser-types.js';
import type { Endpoint } from './endpoint.js';
import { poll, waitForEvent, waitForOnePerson, waitForUpdate } from './expect.js';
import { type Misuse, Misuses } from './misuses.js';

/** How long to wait, in milliseconds. */
export interface Waiting {
  timeout?: number;
}

const defaultTimeout = 5_000;
const maxDelivery = 6_000; // mixpanel-browser sends after five seconds.
const maxAnswer = 1_000;
const quietPeriod = 50;

/** One test: its pages, and what they have sent. */
export class Session {
  private readonly misused = new Misuses();
  private hasFailed = false;

  constructor(readonly endpoint: Endpoint) {}

  /** Watches a context of Playwright or a page of Puppeteer, before its pages are opened. The fixture does so for every context. */
  watch(target: ContextLike | PuppeteerPageLike): Promise<void> {
    return this.misused.watch(target);
  }

  /** Resolves to all events sent so far, of all pages and projects, after the open pages have sent what waits. */
  async events(): Promise<SentEvent[]> {
    await this.delivered();
    return [...this.endpoint.recorder.events];
  }

  /** Resolves to all updates of profiles sent so far. */
  async updates(): Promise<SentUpdate[]> {
    await this.delivered();
    return [...this.endpoint.recorder.updates];
  }

  /** Resolves to the persons of each project whose events were sent, in the order of their first events. */
  async people(): Promise<TestPerson[]> {
    await this.delivered();
    return this.endpoint.recorder.people();
  }

  /** Resolves to the person that an id belongs to. `token` is the project, by default the first that something was sent to. */
  async person(id: string, { token }: { token?: string } = {}): Promise<TestPerson> {
    await this.delivered();
    const { recorder } = this.endpoint;
    return recorder.person(token ?? recorder.tokens()[0] ?? '', id);
  }

  /** Resolves to an event of that name with at least these properties, once one was sent. Rejects after `timeout`, by default 5 s, and says what differed. */
  waitForEvent(event: string, properties: object = {}, { timeout = defaultTimeout }: Waiting = {}): Promise<SentEvent> {
    return waitForEvent(this.endpoint.recorder, event, properties, timeout);
  }

  /**
   * Resolves to an update of a profile by that operation, such as `$set`, with at least these values, once one was sent. Rejects after `timeout`, by default 5 s,
   * and says what was sent. What a page sends while it is left arrives a moment later, so that `updates()` may be too early for it.
   */
  waitForUpdate(
    operation: string,
    values: object = {},
    { timeout = defaultTimeout }: Waiting = {},
  ): Promise<SentUpdate> {
    return waitForUpdate(this.endpoint.recorder, operation, values, timeout);
  }

  /** The same as `waitForEvent`, by the name that the testing kit has. */
  expectEvent(event: string, properties?: object, waiting?: Waiting): Promise<SentEvent> {
    return this.waitForEvent(event, properties, waiting);
  }

  /** Rejects if an event of that name, with at least these properties, was sent, after the open pages have sent what waits. */
  async expectNoEvent(event: string, properties?: object): Promise<void> {
    await this.delivered();
    refuseEvent(this.endpoint.recorder.events, event, properties);
  }

  /** Rejects unless all of these ids belong to one person of one project, at the latest after 5 s. */
  expectOnePerson(...ids: (string | undefined)[]): Promise<void> {
    return waitForOnePerson(this.endpoint.recorder, ids, defaultTimeout);
  }

  /** Resolves to the warnings of all pages so far. */
  async misuses(): Promise<Misuse[]> {
    await this.accepted();
    return this.misused.list();
  }

  /**
   * Rejects if a page misused the library, with the text of each warning and the line that called. `except` are codes that are expected, and so are those
   * about a collector that does not answer, in a test that has made requests fail.
   */
  async expectNoMisuse({ except = [] }: { except?: readonly string[] } = {}): Promise<void> {
    const expected = this.hasFailed ? [...except, ...failureCodes] : except;
    const found = (await this.misuses()).filter(({ code }) => !expected.includes(code));
    if (!found.length) return;
    const lines = found.map(
      ({ text, at }) =>
        `  ${text}\n    ${at ? `called from ${at}` : 'Which call caused it, if one did, is not known'}.`,
    );
    throw new Error(`Expected that no page misuses the library, but there were warnings:\n${lines.join('\n')}`);
  }

  /** Makes every request of every page fail with this HTTP status, until it is called with undefined. */
  failWith(status: number | undefined, retryAfterSeconds?: number): void {
    this.hasFailed ||= status !== undefined;
    this.endpoint.failWith(status, retryAfterSeconds);
  }

  /** Makes every request of every page end without an answer, as without a network, until `online` is called. The pages themselves still load. */
  offline(): void {
    this.failWith(0);
  }

  /** Ends `offline` and `failWith`. */
  online(): void {
    this.failWith(undefined);
  }

  /** Waits until Go has taken the calls of all open pages, so that their warnings are known. */
  async accepted(): Promise<void> {
    await this.emptied(/^tlq_/, defaultTimeout);
  }

  /** Waits until the open pages have sent what they have recorded, at most 6 s, and not while requests fail. */
  async delivered(): Promise<void> {
    await this.accepted();
    if (!this.endpoint.isFailing) await this.emptied(/^(tlo_|__mpq_)/, maxDelivery);
  }

  /** Waits until what was on its way when the last page was closed has arrived. */
  async quiet(): Promise<void> {
    for (let count = -1; count !== this.endpoint.requestCount; await sleep(quietPeriod))
      count = this.endpoint.requestCount;
  }

  // Waits until no open page has anything under these keys of localStorage: calls that wait for Go, or events that wait to be sent. Pages keep nothing
  // there that has arrived. The library may run in any frame of a page, and one of another site has a storage of its own.
  private async emptied(keys: RegExp, timeout: number): Promise<void> {
    const isWaiting = async (frame: FrameLike) => {
      const found = frame.evaluate(waitingKeys).catch((): string[] => []); // It is being left, or closed.
      const waiting = await Promise.race([found, sleep(maxAnswer, [] as string[])]); // A dialog is open, or a debugger has stopped it.
      return waiting.some((key) => keys.test(key));
    };
    const frames = () => this.misused.pages().flatMap((page) => page.frames());
    await poll(async () => !(await Promise.all(frames().map(isWaiting))).includes(true), timeout);
  }
}

// Runs in a frame. What an earlier page of the same site has left behind is sent by the next one that has the library, and by no other.
function waitingKeys(): string[] {
  try {
    const hasLibrary = Object.getOwnPropertySymbols(window).some((symbol) =>
      /^throughline /.test(symbol.description ?? ''),
    );
    const isWaiting = (key: string) => !/^(\[\])?$/.test(localStorage.getItem(key) ?? '');
    return Object.keys(localStorage).filter((key) => (hasLibrary || !/^tl/.test(key)) && isWaiting(key));
  } catch {
    return []; // The page may not use storage.
  }
}
