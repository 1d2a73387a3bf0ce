// throughline.core.js, which is loaded after the page: starts the Go program, and passes calls and answers between the shim and Go.

import { type Call, type Core, Method, type OpenArguments, type PendingAnswer, type ShimPorts } from '../border.js';
import { onLeave, onReturn } from '../lifecycle.js';
import { readConsent, readMixpanelRecord, recordKey } from '../record.js';
import { read, remove } from '../storage.js';
import { visitorChangeKey } from '../stored-queue.js';
import type { Config } from '../types.js';
import { isElementCall, trackElements } from './dom-trackers.js';
import type { Environment } from './environment.js';
import type { Exports } from './exports.js';
import { crashReason, startGo } from './go-runtime.js';
import { isPersistent } from './guarded-storage.js';
import { isHistoryCall, withDates } from './history.js';
import { imports } from './imports.js';
import { Texts } from './memory.js';
import { takeMixpanelQueues } from './mixpanel-queues.js';
import { type MixpanelOptions, sendAsMixpanel } from './mixpanel-transport.js';
import type { Mode } from './network.js';
import { claimOrphanedCalls, copyQueue, pruneStoredCalls } from './orphaned-calls.js';
import { watchPageViews } from './page-views.js';
import { stringify } from './stringify.js';

// At up to three bytes a character, this is as much as fits in the buffer that Go keeps (memory.ts).
const maxBatchCharacters = 20_000;

const endpointCount = 4; // As many handles each tracker has: wasm/main.go.

// How a record ends that the shim has created for a new visitor (record.ts).
const mintedSuffix = ',"minted":1}';

// Returns the consecutive events that one instance tracked on one page, starting at `from`, as the lines that Exports.tracks takes, and
// the index of the call after them.
function batchTracks(calls: readonly Call[], from: number): [lines: string, next: number] {
  const [to, , , , , page] = calls[from] as Call;
  let lines = '';
  let next = from;
  for (const [itsInstance, method, args, at, id, itsPage] of calls.slice(from)) {
    const endsBatch = itsInstance !== to || method !== Method.Track || itsPage !== page;
    if (endsBatch || (lines && lines.length + args.length > maxBatchCharacters)) break;
    lines += `${Math.trunc(at)} ${id}${args}\n`;
    next++;
  }
  return [lines, next];
}

/** Starts Go in an environment and makes the calls that earlier pages left behind. Rejects with the reason if Go cannot run. */
export async function startWith(environment: Environment, shim: ShimPorts): Promise<Core> {
  const { mirror } = environment;
  const copies = copyQueue(shim.pageID, mirror);
  try {
    const core = await startCore(environment, shim);
    copies.forget(); // The shim now makes the waiting calls, and Go stores their events.
    remove(visitorChangeKey);
    return core;
  } catch (error) {
    pruneStoredCalls(mirror);
    throw error;
  } finally {
    copies.end();
  }
}

async function startCore(environment: Environment, shim: ShimPorts): Promise<Core> {
  const program = await environment.compile(shim.wasmURL);
  const core = new GoCore(shim, environment);
  await core.start(program);
  await environment.pause();
  for (const [calls, forget] of await claimOrphanedCalls(shim.pageID, environment.mirror)) {
    for (const call of calls) await core.replay(call, () => true); // That page may have handed them over by beacon too.
    core.run([], true);
    core.forgetNames();
    forget();
  }
  return core;
}

/** The running Go program. */
class GoCore implements Core {
  private exports!: Exports;
  private texts!: Texts;
  private readonly handles = new Map<string, number>();
  private readonly recordKeys = new Map<string, string>(); // By name of the instance.
  private readonly flushes: ((done: boolean) => void)[] = [];
  private readonly warnings: [number, string][] = [];
  private page = '';
  private dead = '';
  private copies = new Map<string, string>(); // The records in IndexedDB when Go started, by key.
  private readonly mixpanelOptions = new Map<number, MixpanelOptions>(); // By handle, of the trackers of throughline/mixpanel.
  private openedOptions: MixpanelOptions | undefined; // Those of the tracker that Go is opening.
  private pendingAnswer: PendingAnswer | undefined;
  private entered = 0; // How many calls into Go have not returned yet: a hook of the page, which Go waits for, may call the library again.

  constructor(
    private readonly shim: ShimPorts,
    private readonly environment: Environment,
  ) {}

  async start(program: WebAssembly.Module): Promise<void> {
    const { shim, environment, flushes } = this;
    const ports = imports({
      shim,
      environment,
      texts: () => this.texts,
      enter: (action) => this.enter(action),
      warn: (handle, warning) => this.warnings.push([handle, warning]),
      flushed: (ticket, done) => flushes[ticket]?.(done),
      send: (handle, mode, url, form) => this.send(handle, mode, url, form),
      died: (reason) => {
        this.dead = reason;
      },
    });
    this.exports = (await startGo(program, ports)) as unknown as Exports;
    this.texts = new Texts(this.exports);
    this.copies = new Map(await environment.mirror.entries('tl_'));
    this.addListeners();
  }

  /** Makes a call, and waits for storage first if it opens a tracker. */
  async replay(call: Call, isHandedOver: () => boolean): Promise<void> {
    if (call[1] === Method.Open) {
      await this.prepare(call, isHandedOver);
      await this.environment.pause();
    } else this.run([call]);
    if (call[1] === Method.OptOut) remove(visitorChangeKey); // The shim wrote it while the call waited for a tracker to open.
  }

  /**
   * Opens a tracker, after comparing the record in localStorage with its copy in IndexedDB. The copy may be newer, or the only one, if the
   * browser was killed before localStorage was written to disk. It also decides between several tabs in which a new visitor has begun.
   */
  async prepare(call: Call, isHandedOver: () => boolean): Promise<void> {
    const [to, , args] = call;
    // Go stores the record now, because the shim reads it while this waits for storage.
    this.endIfThrown(() => this.exports.changed(this.shim.shimHost.now()));
    const [token, config, found, isUncertain] = JSON.parse(args) as OpenArguments;
    const persistenceName = config.persistence_name;
    const key = recordKey(token, persistenceName);
    if (this.recordKeys.get(to) === key) return; // It is open: the shim repeats Open for every instance, because the queue may be stored.
    const { distinct_id, device_id, minted } = found;
    const { mirror, storage } = this.environment;
    const stored = read(key);
    const absent = () => (!stored || stored.endsWith(mintedSuffix)) && isPersistent(storage);
    const agreed = minted ? stringify({ distinct_id, device_id }) : stored;
    const record = config.disable_persistence ? agreed : await mirror.settle(key, agreed, absent);
    this.open(call, token, config, record, isHandedOver() && !isUncertain ? stringify(found) : '');
  }

  /**
   * Opens a tracker of the entry throughline/mixpanel with the record in localStorage, or the copy in IndexedDB that was read when Go started.
   * Of several tabs that do so at once for a new visitor, each begins with an id of its own, until they see each other's record.
   */
  openAtOnce(call: Call): boolean {
    const [to, , args] = call;
    const [token, config] = JSON.parse(args) as OpenArguments;
    const key = recordKey(token, config.persistence_name);
    if (!(config as MixpanelOptions).mixpanel || this.recordKeys.get(to) === key) return false;
    this.open(call, token, config, config.disable_persistence ? '' : (this.copies.get(key) ?? ''), '');
    return true;
  }

  private open(call: Call, token: string, config: Config, record: string, handedOverRecord: string): void {
    const [to, , , at, , page, , api] = call;
    const { persistence_name } = config;
    const facts = [
      token,
      persistence_name ?? '',
      config,
      record,
      readMixpanelRecord(token, config),
      this.shim.pageID,
      navigator.userAgent,
      handedOverRecord,
      readConsent(token, config),
    ];
    // Go may send at once what waits.
    if ((config as MixpanelOptions).mixpanel) this.openedOptions = config as MixpanelOptions;
    const handle = this.endIfThrown(() => this.exports.open(this.texts.write(stringify(facts)), at));
    if (this.openedOptions) this.mixpanelOptions.set(handle, this.openedOptions);
    this.openedOptions = undefined;
    this.handles.set(to, handle);
    this.recordKeys.set(to, recordKey(token, persistence_name));
    this.showWarnings();
    takeMixpanelQueues(token, this.environment, this.shim.shimHost.now, (endpoint, messages) =>
      this.enter((exports, texts) =>
        exports.takeQueue(handle + endpoint, texts.write(messages), this.shim.shimHost.now()),
      ),
    );
    if (api && config.track_pageview) watchPageViews(api, (JSON.parse(page) as [string])[0]);
  }

  private send(handle: number, mode: Mode, url: string, form: Uint8Array<ArrayBuffer>): PendingAnswer | undefined {
    const endpoint = handle % endpointCount;
    const tracker = handle - endpoint;
    const options = this.mixpanelOptions.get(tracker) ?? this.openedOptions;
    const { send } = this.environment;
    const hook = options && this.shim.shimHost.beforeSend?.(this.nameOf(tracker), endpoint);
    this.pendingAnswer = options ? sendAsMixpanel(options, hook, send, mode, url, form) : send(mode, url, form);
    return this.pendingAnswer;
  }

  lastRequest(): PendingAnswer | undefined {
    return this.pendingAnswer;
  }

  run(calls: readonly Call[], end = false): string {
    this.pendingAnswer = undefined;
    const answer = this.endIfThrown(() => this.make(calls, end));
    this.showWarnings(); // Called here, not deeper: the stack of a thrown warning shows ten frames, and the page's call must be among them.
    return answer;
  }

  private endIfThrown<Result>(action: () => Result): Result {
    this.entered++;
    try {
      const result = action();
      this.throwIfDead();
      return result;
    } catch (error) {
      throw new Error(this.markDead(error));
    } finally {
      this.entered--;
    }
  }

  // TinyGo's program finds its garbage only while none of its functions runs (wasm/heap), standard Go's by itself.
  private collect(): void {
    if (this.entered < 2) this.exports.collect?.();
  }

  private make(calls: readonly Call[], end: boolean): string {
    const now = this.shim.shimHost.now();
    let answer = '';
    let mustCommit = end;
    for (let n = 0; n < calls.length; ) {
      const [to, method, args, at, id, page, live, api] = calls[n] as Call;
      const handle = this.handles.get(to);
      this.collect();
      answer = '';
      if (handle === undefined) n++;
      else if (method === Method.Track && !this.mixpanelOptions.has(handle)) {
        this.setPage(page);
        const [lines, next] = batchTracks(calls, n);
        const endsTask = end && next === calls.length;
        this.exports.tracks(handle, this.texts.write(lines), Number(endsTask), now);
        mustCommit &&= !endsTask;
        n = next;
      } else if (api && live && method === Method.Named && isElementCall(live)) {
        answer = `${trackElements(api, live, (subject) => this.warnOf(handle, 'no_elements', subject))}`;
        n++;
      } else {
        this.setPage(page);
        if (method === Method.Configure) this.changeOptions(handle, args);
        answer = this.texts.answer(this.exports.call(handle, method, id.length, this.texts.write(id + args), at));
        n++;
      }
      this.throwIfDead();
    }
    if (mustCommit) this.exports.commit(now);
    const last = calls[calls.length - 1];
    return last?.[1] === Method.Named && isHistoryCall(last[2]) ? withDates(answer) : answer;
  }

  private changeOptions(handle: number, args: string): void {
    const options = this.mixpanelOptions.get(handle);
    if (options) Object.assign(options, ...(JSON.parse(args) as object[]));
  }

  private setPage(page: string): void {
    if (page === this.page) return;
    this.exports.page(this.texts.write(page));
    this.page = page;
  }

  /** Forgets the instances of earlier pages. No further call can be made to them. */
  forgetNames(): void {
    this.handles.clear();
    this.recordKeys.clear();
  }

  private throwIfDead(): void {
    if (this.dead) throw new Error(this.dead);
  }

  // Marks the program as crashed, and resolves the flushes that it can no longer answer. Returns what the warning says.
  private markDead(error: unknown): string {
    this.dead ||= crashReason(error);
    for (const resolve of this.flushes) resolve(false);
    return `its program has stopped, by a fault or for want of memory; the next page starts it anew. Please report ${this.dead}`;
  }

  flush(to: string): Promise<boolean> {
    return new Promise((resolve) => {
      const ticket = this.flushes.push(resolve) - 1;
      this.enter((exports) => exports.flush(this.handles.get(to) ?? 0, ticket, this.shim.shimHost.now()));
    });
  }

  // Shows the warnings of a call after Go has returned from it, because the page's own warning function may call the library again.
  private showWarnings(): void {
    for (const [handle, warning] of this.warnings.splice(0)) this.shim.warn(this.nameOf(handle), warning);
  }

  private nameOf(handle: number): string {
    for (const [name, known] of this.handles) if (known === handle) return name;
    return '';
  }

  private warnOf(handle: number, code: string, subject: string): void {
    this.enter((exports, texts) =>
      exports.call(handle, Method.Warn, 0, texts.write(stringify([code, subject])), this.shim.shimHost.now()),
    );
  }

  // Calls into Go from an event of the browser. A crash is reported to the shim once, and then the program is not called any more.
  private enter(action: (exports: Exports, texts: Texts) => void): void {
    if (this.dead) return;
    try {
      this.endIfThrown(() => {
        this.collect();
        action(this.exports, this.texts);
      });
      this.showWarnings();
    } catch (error) {
      this.shim.died((error as Error).message);
    }
  }

  private addListeners(): void {
    onLeave(() => this.enter((exports) => exports.leave(this.shim.shimHost.now())));
    onReturn(() => this.enter((exports) => exports.back(this.shim.shimHost.now())));
    addEventListener('storage', ({ key, newValue }) => {
      // Records (tl_, and mp_ of mixpanel-browser) matter even when they are removed, which only the page does. Segments of the outbox (tlo_) are removed all the time.
      if (!key || /^(tl|mp)_/.test(key) || (newValue && /^tlo_/.test(key)))
        this.enter((exports) => exports.changed(this.shim.shimHost.now()));
    });
  }
}
