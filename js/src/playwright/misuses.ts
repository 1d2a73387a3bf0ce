// Collects the warnings of the library in pages.

import { type ContextLike, listenTo, type PageLike, type PuppeteerPageLike, type Report } from './browser-types.js';
import { CallSites } from './call-site.js';
import { watchPage } from './page-script.js';

/** A warning of the library in a page. */
export interface Misuse {
  /** Its code, such as `alias_after_identify`. */
  code: string;
  /** What the console shows. */
  text: string;
  /** The line of the page's code that called, such as `https://shop.example/app.js:12:5`. Undefined if no call caused it, or that is not known. */
  at: string | undefined;
}

const binding = '__throughlineWarned';

/**
 * A context of Playwright, or a page of Puppeteer, that is watched. A test tool takes a binding only once, so that a context which outlives its test is
 * started once too, and reports to whoever has watched it last.
 */
class Watched {
  private static readonly all = new WeakMap<object, Watched>();
  readonly started: Promise<void>;
  readonly pages = new Set<PageLike>();
  owner: Misuses | undefined;

  static of(target: ContextLike | PuppeteerPageLike): Watched {
    const known = Watched.all.get(target) ?? new Watched(target);
    Watched.all.set(target, known);
    return known;
  }

  private constructor(target: ContextLike | PuppeteerPageLike) {
    this.started = this.start(target);
  }

  private async start(target: ContextLike | PuppeteerPageLike): Promise<void> {
    const tell = (report: Report) => this.owner?.take(report);
    if ('evaluateOnNewDocument' in target) {
      this.listen(target);
      await target.exposeFunction(binding, tell);
      await target.evaluateOnNewDocument(watchPage, binding);
      return;
    }
    listenTo(target, 'page', (page: PageLike) => this.listen(page));
    for (const page of target.pages()) this.listen(page);
    await Promise.all([
      target.exposeBinding(binding, (_source, report) => tell(report)),
      target.addInitScript(watchPage, binding),
    ]);
  }

  private listen(page: PageLike): void {
    this.pages.add(page);
    const tell = (report: Report) => this.owner?.take(report);
    listenTo(page, 'console', (message: { text(): string }) => tell({ text: message.text(), calls: [] }));
    // With `warnings: 'throw'` the page itself may catch it. What it does not catch comes here.
    listenTo(page, 'pageerror', ({ message, stack = '' }: Error) =>
      tell({ text: message, calls: [{ args: '', stack }] }),
    );
  }
}

/** The warnings of all pages that are watched. */
export class Misuses {
  private readonly found = new Map<string, Promise<Misuse>>();
  private readonly callSites = new CallSites();
  private readonly watched = new Set<Watched>();

  /** Watches a context of Playwright, or a page of Puppeteer. Pages that are open already are heard from their next navigation on. */
  watch(target: ContextLike | PuppeteerPageLike): Promise<void> {
    const watched = Watched.of(target);
    watched.owner = this;
    this.watched.add(watched);
    return watched.started;
  }

  /** The pages that are open. */
  pages(): PageLike[] {
    for (const { pages } of this.watched) for (const page of pages) if (page.isClosed()) pages.delete(page);
    return [...this.watched].flatMap(({ pages }) => [...pages]);
  }

  /** Returns the warnings so far. */
  list(): Promise<Misuse[]> {
    return Promise.all(this.found.values());
  }

  /** Takes what a page tells, if it is a warning of the library. */
  take({ text, calls }: Report): void {
    const [, code] = /Throughline \[(\w+)\]/.exec(text) ?? [];
    // The console tells of each warning too, later and without the call.
    if (code && !this.found.has(text)) this.found.set(text, this.describe(code, text, calls));
  }

  private async describe(code: string, text: string, calls: Report['calls']): Promise<Misuse> {
    // Several calls may have gone to Go together. The warning has words of the one that it is about: an id, the name of an event or of a property. If several
    // have as many, it is the last one, because Go makes calls in their order.
    const words = new Set(text.match(/[$\w]+/g));
    const wordsOf = ({ args }: { args: string }) =>
      (args.match(/[$\w]+/g) ?? []).filter((word) => words.has(word)).length;
    const [call] = [...calls].reverse().sort((a, b) => wordsOf(b) - wordsOf(a));
    return { code, text, at: call && (await this.callSites.find(call.stack, call.args !== '')) };
  }
}
