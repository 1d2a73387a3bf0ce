// throughline.core.js: loaded once the page is up. Starts the Go program and carries calls, answers and bytes to and fro.

import { type Call, type Core, Method, type Opening, type ShimPorts } from '../border.js';
import { whenLeaving } from '../moments.js';
import { mixpanelRecord, recordKey } from '../record.js';
import { read, remove } from '../storage.js';
import { stopKey } from '../stored-queue.js';
import { copyWaiting, orphans, prune } from './adopt.js';
import type { Exports } from './exports.js';
import { lastWords, startGo } from './go.js';
import { imports } from './imports.js';
import { whenBack } from './lifecycle.js';
import { Texts } from './memory.js';
import { keeps } from './storage.js';
import { page, type Surroundings } from './surroundings.js';
import { stringify } from './text.js';

// Characters: what Go's buffer holds for good (memory.ts), each of up to three bytes.
const mostTogether = 20_000;

// The end of a record that the shim minted (record.ts).
const mintedMark = ',"minted":1}';

// The events from a call on that one instance tracked on one page: as lines, and where they end.
function together(calls: readonly Call[], from: number): [lines: string, upto: number] {
  const [to, , , , , page] = calls[from] as Call;
  let lines = '';
  let upto = from;
  for (const [its, method, args, at, id, where] of calls.slice(from)) {
    const other = its !== to || method !== Method.Track || where !== page;
    if (other || (lines && lines.length + args.length > mostTogether)) break;
    lines += `${Math.trunc(at)} ${id}${args}\n`;
    upto++;
  }
  return [lines, upto];
}

/** Starts Go on a web page. */
export const start = (shim: ShimPorts): Promise<Core> => startIn(page(), shim);

/** Starts Go and makes the calls that dead pages left. Rejects, saying why, where it cannot run. */
export async function startIn(surroundings: Surroundings, shim: ShimPorts): Promise<Core> {
  const { mirror } = surroundings;
  const copies = copyWaiting(shim.pageID, mirror);
  try {
    const core = await bringUp(surroundings, shim);
    copies.forget(); // What waited will be Go's in a moment.
    remove(stopKey);
    return core;
  } catch (error) {
    prune(mirror);
    throw error;
  } finally {
    copies.end();
  }
}

async function bringUp(surroundings: Surroundings, shim: ShimPorts): Promise<Core> {
  const program = await surroundings.compile(shim.wasmURL);
  const core = new GoCore(shim, surroundings);
  await core.run(program);
  await surroundings.pause();
  for (const [calls, forget] of await orphans(shim.pageID, surroundings.mirror)) {
    for (const call of calls) await core.take(call, () => true); // A page that was killed may have left as well.
    core.calls([], true);
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
    private readonly surroundings: Surroundings,
  ) {}

  async run(program: WebAssembly.Module): Promise<void> {
    const { shim, surroundings, flushes } = this;
    const ports = imports({
      shim,
      surroundings,
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
    this.listen();
  }

  /** Makes a call, however long its preparation takes. */
  async take(call: Call, handedOver: () => boolean): Promise<void> {
    if (call[1] === Method.Open) {
      await this.prepare(call, handedOver);
      await this.surroundings.pause();
    } else this.calls([call]);
    if (call[1] === Method.OptOut) remove(stopKey); // Noted while a tracker opened.
  }

  /**
   * Opens a tracker. A visitor new to localStorage may be known to IndexedDB, if the browser was killed before localStorage was on the
   * disk, or be new in several tabs at once; of one known to both, IndexedDB knows the later if the browser was killed.
   */
  async prepare([to, , args, at]: Call, handedOver: () => boolean): Promise<void> {
    this.exports.changed(this.shim.now()); // While storage is waited for, the record says what was made so far.
    const [token, config, found, unsure] = JSON.parse(args) as Opening;
    const space = config.persistence_name;
    const key = recordKey(token, space);
    if (this.opened.get(to) === key) return; // It goes along with another, for whoever finds these calls.
    const { distinct_id, device_id, minted } = found;
    const { mirror, storage } = this.surroundings;
    const stored = read(key);
    const absent = () => (!stored || stored.endsWith(mintedMark)) && keeps(storage);
    const record = await mirror.settle(key, minted ? stringify({ distinct_id, device_id }) : stored, absent);
    const before = space ? '' : mixpanelRecord(token);
    const { pageID } = this.shim;
    const under = handedOver() && !unsure ? stringify(found) : '';
    const facts = [token, space ?? '', config, record, before, pageID, navigator.userAgent, under];
    const handle = this.alive(() => this.exports.open(this.texts.write(stringify(facts)), at));
    this.handles.set(to, handle);
    this.opened.set(to, key);
    this.tell();
  }

  calls(calls: readonly Call[], end = false): string {
    const answer = this.alive(() => this.make(calls, end));
    this.tell(); // From here, for the stack of a warning that is thrown has room for ten calls, and one of them is the page's.
    return answer;
  }

  private alive<Result>(action: () => Result): Result {
    try {
      return action();
    } catch (error) {
      throw this.ended(error);
    }
  }

  private make(calls: readonly Call[], end: boolean): string {
    const now = this.shim.now();
    let bytes = 0;
    let ending = end;
    for (let n = 0; n < calls.length; ) {
      const [to, method, args, at, id, page] = calls[n] as Call;
      const handle = this.handles.get(to);
      bytes = 0;
      if (handle === undefined) n++;
      else if (method === Method.Track) {
        this.show(page);
        const [lines, upto] = together(calls, n);
        const last = end && upto === calls.length;
        this.exports.tracks(handle, this.texts.write(lines), Number(last), now);
        ending &&= !last;
        n = upto;
      } else {
        this.show(page);
        bytes = this.exports.call(handle, method, id.length, this.texts.write(id + args), at);
        n++;
      }
      this.check();
    }
    const answer = this.texts.answer(bytes);
    if (ending) this.exports.commit(now);
    this.check();
    return answer;
  }

  private show(page: string): void {
    if (page === this.page) return;
    this.exports.page(this.texts.write(page));
    this.page = page;
  }

  /** The instances of dead pages are no longer called by their names. */
  forgetNames(): void {
    this.handles.clear();
    this.opened.clear();
  }

  private check(): void {
    if (this.dead) throw new Error(this.dead);
  }

  // Nothing enters any more, and nobody waits for an answer that cannot come.
  private ended(error: unknown): unknown {
    this.dead ||= lastWords(error);
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
  private tell(): void {
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
      this.check();
      this.tell();
    } catch (error) {
      this.ended(error);
      this.shim.died(this.dead);
    }
  }

  private listen(): void {
    whenLeaving(() => this.enter((exports) => exports.leave(this.shim.now())));
    whenBack(() => this.enter((exports) => exports.back(this.shim.now())));
    addEventListener('storage', ({ key, newValue }) => {
      // Segments are removed all the time. A record is so by the page alone.
      if (!key || /^tl_/.test(key) || (newValue && /^tlo_/.test(key)))
        this.enter((exports) => exports.changed(this.shim.now()));
    });
  }
}
