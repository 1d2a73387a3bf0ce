// The border between JavaScript and Go: the whole of it. wasm/border.go is its other side.
//
// A call goes in as numbers and one text (insert id, then the arguments as JSON). An answer comes back as a text.
// Primitives only; one crossing a call.

/** What a call asks for. The numbers are wasm/border.go's. */
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
  GetDistinctID,
  GetProperty,
  Configure,
  OptOut,
  OptIn,
  HasOptedOut,
  UnknownMethod,
  Warn,
}

/** One call of the page, waiting for Go: everything that was true at the moment it was made. */
export interface Call {
  /** The instance's name, '' for the default one. */
  to: string;
  method: Method;
  /** The arguments, as the text of a JSON array. */
  args: string;
  /** Milliseconds since 1970 at the call. */
  at: number;
  /** The insert id of the message this call may make. */
  id: string;
  /** The page at the call: see `where`. */
  page: string;
}

/** The lazily loaded file, throughline.core.js. */
export interface CoreModule {
  /** Starts Go, and makes the calls that dead pages left. Rejects, saying why, where it cannot run. */
  start(shim: ShimPorts): Promise<Core>;
}

/** The running Go core, as the shim sees it. Throws only when it died. */
export interface Core {
  /** Makes a call that may have to wait for storage first, as opening a tracker does. */
  take(call: Call): Promise<void>;
  /** Makes one call and returns its answer as JSON text, '' where there is none. */
  call(call: Call): string;
  /** Ends the task: what was accepted in it goes to storage. */
  commit(): void;
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
