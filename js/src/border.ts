// The border between JavaScript and Go: the whole of it. wasm/main.go is its other side.
//
// A call goes in as numbers and one text (insert id, then the arguments as JSON). An answer comes back as a text.
// Primitives only; one crossing a call, and one for all events that a task tracks.

import type { StoredRecord } from './stored-record.js';
import type { Config } from './types.js';

/** What a call asks for. The numbers are those of wasm/tracker/method.go. */
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
  UnknownMethod,
  Warn,
}

/**
 * One call of the page, waiting for Go: everything that was true at the moment it was made. The instance's name, '' for the default one;
 * the arguments as the text of a JSON array; milliseconds since 1970; the insert id of the message this call may make; the page (stamp.ts).
 */
export type Call = readonly [to: string, method: Method, args: string, at: number, id: string, page: string];

/**
 * The arguments of Open: token, configuration, the record that the page found, and whether that is in doubt, for a call waits that may
 * make the visitor another one.
 */
export type OpenArguments = [token: string, config: Config, record: StoredRecord, isUncertain?: boolean | undefined];

/** The lazily loaded file, throughline.core.js. */
export interface CoreModule {
  /** Takes what the shim has of the language and the browser in place of what there is when the core is loaded. */
  useBuiltins?(originalBuiltins: object): void;
  /** Starts Go, and makes the calls that dead pages left. Rejects, saying why, where it cannot run. */
  start(shim: ShimPorts): Promise<Core>;
}

/** The running Go core, as the shim sees it. Throws only when it died. */
export interface Core {
  /**
   * Makes a call that waited. Opening a tracker waits for storage first; where the calls that follow may have been handed over by then,
   * they are made for the visitor that the page found.
   */
  replay(call: Call, isHandedOver: () => boolean): Promise<void>;
  /**
   * Makes calls, and returns the last one's answer as JSON text, '' where there is none. Where they end their task, what was accepted in
   * it goes to storage.
   */
  run(calls: readonly Call[], end?: boolean): string;
  /** Resolves to true when all that waits was acknowledged. */
  flush(to: string): Promise<boolean>;
}

/** What the core needs of the shim. */
export interface ShimPorts {
  /** Where throughline.wasm is, if the page said so. */
  wasmURL: string | undefined;
  /** This page load's name. */
  pageID: string;
  /** Milliseconds since 1970. */
  now(): number;
  /** Fills the array with random bytes. */
  random(bytes: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer>;
  /** A warning of the core's, as JSON text, to be shown the way the instance's `warnings` option says. */
  warn(to: string, warning: string): void;
  /** The core died: nothing may call it again. */
  died(error: unknown): void;
}
