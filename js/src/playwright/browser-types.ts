// What this entry uses of Playwright's and Puppeteer's objects. They are described here, so that neither package needs to be installed.

/** What has events. The two tools declare theirs in ways that no one type covers, so the listener's type is not checked here. */
export interface Emitter {
  on(event: never, listener: never): unknown;
}

/** Listens for an event. */
export function listenTo<Value>(emitter: Emitter, event: string, listener: (value: Value) => void): void {
  emitter.on(event as never, listener as never);
}

/** A frame of a page: its main one, or one inside. */
export interface FrameLike {
  evaluate<Result>(script: () => Result): Promise<Result>;
}

/** A page of Playwright or Puppeteer. */
export interface PageLike extends Emitter {
  url(): string;
  isClosed(): boolean;
  frames(): FrameLike[];
}

/** A browser context of Playwright. */
export interface ContextLike extends Emitter {
  pages(): PageLike[];
  exposeBinding(name: string, callback: (source: unknown, report: Report) => void): Promise<unknown>;
  addInitScript(script: (binding: string) => void, binding: string): Promise<unknown>;
  route(urls: (url: URL) => boolean, handler: (route: RouteLike) => Promise<void>): Promise<unknown>;
}

/** A request that a route has caught. */
export interface RouteLike {
  request(): {
    url(): string;
    method(): string;
    headers(): Record<string, string>;
    postDataBuffer(): Buffer | null;
  };
  fulfill(answer: { status: number; headers: Record<string, string>; body: Buffer }): Promise<void>;
  abort(): Promise<void>;
}

/** A page of Puppeteer. Of Playwright's pages, the context is watched. */
export interface PuppeteerPageLike extends PageLike {
  exposeFunction(name: string, callback: (report: Report) => void): Promise<unknown>;
  evaluateOnNewDocument(script: (binding: string) => void, binding: string): Promise<unknown>;
}

/** What the script in a page (page-script.ts) tells of a warning. */
export interface Report {
  /** What the console would show. */
  text: string;
  /** The stacks of the calls that may have caused it, each with the arguments of the call as JSON. */
  calls: { args: string; stack: string }[];
}
