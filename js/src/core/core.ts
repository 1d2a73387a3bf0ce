// throughline.core.js: loaded once the page is up. Starts the Go program and carries calls, answers and bytes to and fro.

import { type Call, type Core, Method, type OpenArguments, type ShimPorts } from '../border.js';
import { onLeave, onReturn } from '../lifecycle.js';
import { readMixpanelRecord, recordKey } from '../record.js';
import { read, remove } from '../storage.js';
import { visitorChangeKey } from '../stored-queue.js';
import { type Environment, pageEnvironment } from './environment.js';
import type { Exports } from './exports.js';
import { crashReason, startGo } from './go-runtime.js';
import { isPersistent } from './guarded-storage.js';
import { imports } from './imports.js';
import { Texts } from './memory.js';
import { claimOrphanedCalls, copyQueue, pruneStoredCalls } from './orphaned-calls.js';
import { stringify } from './stringify.js';

// Characters: what Go's buffer holds for good (memory.ts), each of up to three bytes.
const maxBatchCharacters = 20_000;

// The end of a record that the shim minted (record.ts).
const mintedSuffix = ',"minted":1}';

// The events from a call on that one instance tracked on one page: as lines, and where they end.
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

/** Starts Go on a web page. */
export const start = (shim: ShimPorts): Promise<Core> => startWith(pageEnvironment(), shim);

/** Starts Go and makes the calls that dead pages left. Rejects, saying why, where it cannot run. */
export async function startWith(environment: Environment, shim: ShimPorts): Promise<Core> {
  const { mirror } = environment;
  const copies = copyQueue(shim.pageID, mirror);
  try {
    const core = await startCore(environment, shim);
    copies.forget(); // What waited will be Go's in a moment.
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
    for (const call of calls) await core.replay(call, () => true); // A page that was killed may have left as well.
    core.run([], true);
    core.forgetNames();
    forget();
  }
  return core;
}

/** The Go program, as the shim sees it. */
class GoCore implements Core {
  private exports!: Exports;
  private texts!: Texts;
  private readonly handles = new Map<string, number>();
  private readonly opened = new Map<string, string>(); // name to the key of the record
  private readonly flushes: ((done: boolean) => void)[] = [];
  private readonly warnings: [number, string][] = [];
  private page = '';
  private dead = '';

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
      died: (reason) => {
        this.dead = reason;
      },
    });
    this.exports = (await startGo(program, ports)) as unknown as Exports;
    this.texts = new Texts(this.exports);
    this.addListeners();
  }

  /** Makes a call, however long its preparation takes. */
  async replay(call: Call, isHandedOver: () => boolean): Promise<void> {
    if (call[1] === Method.Open) {
      await this.prepare(call, isHandedOver);
      await this.environment.pause();
    } else this.run([call]);
    if (call[1] === Method.OptOut) remove(visitorChangeKey); // Noted while a tracker opened.
  }

  /**
   * Opens a tracker. A visitor new to localStorage may be known to IndexedDB, if the browser was killed before localStorage was on the
   * disk, or be new in several tabs at once; of one known to both, IndexedDB knows the later if the browser was killed.
   */
  async prepare([to, , args, at]: Call, isHandedOver: () => boolean): Promise<void> {
    this.exports.changed(this.shim.now()); // While storage is waited for, the record says what was made so far.
    const [token, config, found, isUncertain] = JSON.parse(args) as OpenArguments;
    const persistenceName = config.persistence_name;
    const key = recordKey(token, persistenceName);
    if (this.opened.get(to) === key) return; // It goes along with another, for whoever finds these calls.
    const { distinct_id, device_id, minted } = found;
    const { mirror, storage } = this.environment;
    const stored = read(key);
    const absent = () => (!stored || stored.endsWith(mintedSuffix)) && isPersistent(storage);
    const record = await mirror.settle(key, minted ? stringify({ distinct_id, device_id }) : stored, absent);
    const earlierRecord = persistenceName ? '' : readMixpanelRecord(token);
    const { pageID } = this.shim;
    const handedOverRecord = isHandedOver() && !isUncertain ? stringify(found) : '';
    const facts = [
      token,
      persistenceName ?? '',
      config,
      record,
      earlierRecord,
      pageID,
      navigator.userAgent,
      handedOverRecord,
    ];
    const handle = this.endIfThrown(() => this.exports.open(this.texts.write(stringify(facts)), at));
    this.handles.set(to, handle);
    this.opened.set(to, key);
    this.showWarnings();
  }

  run(calls: readonly Call[], end = false): string {
    const answer = this.endIfThrown(() => this.make(calls, end));
    this.showWarnings(); // From here, for the stack of a warning that is thrown has room for ten calls, and one of them is the page's.
    return answer;
  }

  private endIfThrown<Result>(action: () => Result): Result {
    try {
      return action();
    } catch (error) {
      throw this.markDead(error);
    }
  }

  private make(calls: readonly Call[], end: boolean): string {
    const now = this.shim.now();
    let answerBytes = 0;
    let mustCommit = end;
    for (let n = 0; n < calls.length; ) {
      const [to, method, args, at, id, page] = calls[n] as Call;
      const handle = this.handles.get(to);
      answerBytes = 0;
      if (handle === undefined) n++;
      else if (method === Method.Track) {
        this.setPage(page);
        const [lines, next] = batchTracks(calls, n);
        const endsTask = end && next === calls.length;
        this.exports.tracks(handle, this.texts.write(lines), Number(endsTask), now);
        mustCommit &&= !endsTask;
        n = next;
      } else {
        this.setPage(page);
        answerBytes = this.exports.call(handle, method, id.length, this.texts.write(id + args), at);
        n++;
      }
      this.throwIfDead();
    }
    const answer = this.texts.answer(answerBytes);
    if (mustCommit) this.exports.commit(now);
    this.throwIfDead();
    return answer;
  }

  private setPage(page: string): void {
    if (page === this.page) return;
    this.exports.page(this.texts.write(page));
    this.page = page;
  }

  /** The instances of dead pages are no longer called by their names. */
  forgetNames(): void {
    this.handles.clear();
    this.opened.clear();
  }

  private throwIfDead(): void {
    if (this.dead) throw new Error(this.dead);
  }

  // Nothing enters any more, and nobody waits for an answer that cannot come.
  private markDead(error: unknown): unknown {
    this.dead ||= crashReason(error);
    for (const resolve of this.flushes) resolve(false);
    return error;
  }

  flush(to: string): Promise<boolean> {
    return new Promise((resolve) => {
      const ticket = this.flushes.push(resolve) - 1;
      this.enter((exports) => exports.flush(this.handles.get(to) ?? 0, ticket, this.shim.now()));
    });
  }

  // A page's own function may call back into us, so no warning is told while Go is still in its call.
  private showWarnings(): void {
    for (const [handle, warning] of this.warnings.splice(0)) this.shim.warn(this.nameOf(handle), warning);
  }

  private nameOf(handle: number): string {
    for (const [name, known] of this.handles) if (known === handle) return name;
    return '';
  }

  // Everything that comes from the browser, not from the page, enters here: a dead program is told once and left alone.
  private enter(action: (exports: Exports, texts: Texts) => void): void {
    if (this.dead) return;
    try {
      action(this.exports, this.texts);
      this.throwIfDead();
      this.showWarnings();
    } catch (error) {
      this.markDead(error);
      this.shim.died(this.dead);
    }
  }

  private addListeners(): void {
    onLeave(() => this.enter((exports) => exports.leave(this.shim.now())));
    onReturn(() => this.enter((exports) => exports.back(this.shim.now())));
    addEventListener('storage', ({ key, newValue }) => {
      // Segments are removed all the time. A record is so by the page alone.
      if (!key || /^tl_/.test(key) || (newValue && /^tlo_/.test(key)))
        this.enter((exports) => exports.changed(this.shim.now()));
    });
  }
}
