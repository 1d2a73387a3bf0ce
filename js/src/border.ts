// The types of the border between JavaScript and Go. wasm/main.go is its other side, core/core.ts crosses it.
//
// Only numbers and strings cross: a call is a few numbers and one string (insert id, then the arguments as JSON), an answer is one string.
// Each call crosses once; all events that were tracked in one task cross together.

import type { StoredRecord } from './stored-record.js';
import type { Config, Instance } from './types.js';

/** The methods of the tracker in Go. The numbers are those of wasm/tracker/method.go. */
export enum Method {
  Open,
  Track,
  Alias,
  Identify,
  Reset,
  Register,
  RegisterOnce,
  Unregister,
  TimeEvent,
  OptOut,
  OptIn,
  GetDistinctID,
  GetProperty,
  Configure,
  HasOptedOut,
  /** A method by its name, which is the first argument: every method that the shim does not know. */
  Named,
  Warn,
}

/**
 * One call of the page, with what was true when it was made: the name of the instance ('' for the default one), the method, the arguments
 * as a JSON array, the time in milliseconds since 1970, the insert id for the message that the call may produce, and the page that the
 * visitor was on (call-factory.ts).
 */
export type Call = readonly [
  to: string,
  method: Method,
  args: string,
  at: number,
  id: string,
  page: string,
  live?: LiveArguments,
  instance?: Instance,
];

/**
 * The arguments of a call as the page passed them: elements and functions have no JSON. These and the instance are not stored, so that the calls of
 * earlier pages have none.
 */
export type LiveArguments = readonly unknown[];

/**
 * The arguments of Open: the token, the configuration, the record that the page found, and whether that record is uncertain because a
 * waiting call, of this page or another, may change who the visitor is.
 */
export type OpenArguments = [token: string, config: Config, record: StoredRecord, isUncertain?: boolean | undefined];

/** The module throughline.core.js, which is loaded after the page. */
export interface CoreModule {
  /** Makes the module use these built-ins instead of those that it found when it was loaded (builtins.ts). The testing kit has none. */
  useBuiltins?(originalBuiltins: object): void;
  /** Under the name of the build, so that a shim does not find it in the core of another one. */
  [start: `r${string}`]: StartCore;
}

/** Starts Go and makes the calls that earlier pages left behind. Rejects with the reason if Go cannot run. */
export type StartCore = (shim: ShimPorts) => Promise<Core>;

/** The answer of a server. Status 0 means that there was none. */
export interface Answer {
  status: number;
  /** The delay of the header Retry-After in milliseconds, or -1 without it. */
  retryAfter: number;
  body: string;
  /** Whether the browser has queued a beacon, whose answer nobody hears. */
  isQueued?: boolean;
}

/** An answer that is to come. It may call back at once, which a promise never does. */
export interface PendingAnswer {
  then(onAnswer: (answer: Answer) => void): unknown;
}

/** The running Go core, as the shim sees it. Its methods throw only when the Go program has crashed. */
export interface Core {
  /**
   * Makes a call that waited for Go. Opening a tracker waits for storage first. If the calls after it were handed over by beacon
   * meanwhile, they are made for the visitor that the page had found, so that both copies of an event agree.
   */
  replay(call: Call, isHandedOver: () => boolean): Promise<void>;
  /**
   * Makes calls, and returns the answer of the last one as JSON text, or ''. With `end`, they are the last of their task, and everything
   * accepted in it is stored.
   */
  run(calls: readonly Call[], end?: boolean): string;
  /** Opens a tracker of the entry throughline/mixpanel, without waiting for storage. Returns false for any other tracker, and for one that is open. */
  openAtOnce(call: Call): boolean;
  /** Returns the answer to the request that the last run sent, if it sent one. */
  lastRequest(): PendingAnswer | undefined;
  /** Sends what waits. Resolves to true when all of it was acknowledged. */
  flush(to: string): Promise<boolean>;
}

/** Passes a record through the page's hooks. Returns it as JSON text, or undefined if it must not be sent. */
export type SendHook = (record: unknown) => string | undefined;

/** What the core uses of the shim's host (host.ts). The entry throughline/mixpanel changes its members. */
export interface ChangeableHost {
  /** Milliseconds since 1970. */
  now(): number;
  /**
   * Returns what passes a record that a tracker is about to send to an endpoint (0 events, 1 people, 2 groups, 3 deletions of people) through the
   * page's hooks, if there are any. It returns the record as JSON text, or undefined to leave it out.
   */
  beforeSend?(to: string, endpoint: number): SendHook | undefined;
}

/** What the core needs from the shim. */
export interface ShimPorts {
  shimHost: ChangeableHost;
  /** The address of throughline.wasm, if the page gave one. */
  wasmURL: string | undefined;
  /** The random id of this page load. */
  pageID: string;
  /** Milliseconds since 1970. */
  now(): number;
  /** Fills the array with random bytes. */
  random(bytes: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer>;
  /** Shows a warning (JSON text) as the `warnings` option of the instance says. */
  warn(to: string, warning: string): void;
  /** Reports that the Go program has crashed. The core must not be called any more. */
  died(error: unknown): void;
}
