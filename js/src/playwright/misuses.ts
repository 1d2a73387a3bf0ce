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

/** The warnings of all pages that are watched. */
export class Misuses {
  private readonly found = new Map<string, Promise<Misuse>>();
  private readonly watched = new WeakMap<object, Promise<void>>();
  private readonly callSites = new CallSites();
  private readonly openPages = new Set<PageLike>();

  /** Watches a context of Playwright, or a page of Puppeteer. Pages that are open already are heard from their next navigation on. */
  watch(target: ContextLike | PuppeteerPageLike): Promise<void> {
    const started = this.watched.get(target) ?? this.start(target);
    this.watched.set(target, started);
    return started;
  }

  /** The pages that are open. */
  pages(): PageLike[] {
    for (const page of this.openPages) if (page.isClosed()) this.openPages.delete(page);
    return [...this.openPages];
  }

  /** Returns the warnings so far. */
  list(): Promise<Misuse[]> {
    return Promise.all(this.found.values());
  }

  private async start(target: ContextLike | PuppeteerPageLike): Promise<void> {
    if ('evaluateOnNewDocument' in target) {
      this.listen(target);
      await target.exposeFunction(binding, (report) => this.take(report));
      await target.evaluateOnNewDocument(watchPage, binding);
      return;
    }
    listenTo(target, 'page', (page: PageLike) => this.listen(page));
    for (const page of target.pages()) this.listen(page);
    await Promise.all([
      target.exposeBinding(binding, (_source, report) => this.take(report)),
      target.addInitScript(watchPage, binding),
    ]);
  }

  private listen(page: PageLike): void {
    this.openPages.add(page);
    listenTo(page, 'console', (message: { text(): string }) => this.take({ text: message.text(), calls: [] }));
    // With `warnings: 'throw'` the page itself may catch it. What it does not catch comes here.
    listenTo(page, 'pageerror', ({ message, stack = '' }: Error) =>
      this.take({ text: message, calls: [{ args: '', stack }] }),
    );
  }

  private take({ text, calls }: Report): void {
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
    return { code, text, at: call && (await this.callSites.find(call.stack)) };
  }
}
