// The functions that the Go program exports.

/** The exports of wasm/main.go. Texts are written to `buffer` first; times are in milliseconds since 1970. */
export interface Exports {
  /** Returns the address of a buffer for texts of up to so many bytes. */
  buffer(bytes: number): number;
  /** Opens a tracker with the facts in the buffer (wasm/tracker/facts.go), and returns its handle. */
  open(bytes: number, now: number): number;
  /** Sets the page that the following calls were made on. The text is the `page` of a Call. */
  page(bytes: number): void;
  /** Makes one call. The text is the insert id followed by the arguments. Returns the length of the answer in bytes. */
  call(handle: number, method: number, idBytes: number, bytes: number, at: number): number;
  /**
   * Makes calls of track, one a line: milliseconds, a space, the insert id, the arguments. If `end` is 1 they are the last of their task,
   * as if `commit` followed.
   */
  tracks(handle: number, bytes: number, end: number, now: number): void;
  /** Returns the address of the last answer. */
  result(): number;
  /** Stores what was accepted. Called at the end of a task. */
  commit(now: number): void;
  /** Sends what waits. The import `flushed` is called with the outcome. */
  flush(handle: number, ticket: number, now: number): void;
  /** Called with the answer to a request of the import `send`. Status 0 means that there was no answer. */
  answered(handle: number, request: number, status: number, retryAfter: number, bytes: number, now: number): void;
  /** Called when the lock that the import `lock` requested is held. */
  locked(handle: number, now: number): void;
  /** Called at the time that the import `wake` requested. */
  wake(handle: number, now: number): void;
  /** Called with the copy of the outbox in IndexedDB, as a JSON array of pairs of key and text. */
  adopt(handle: number, bytes: number, now: number): void;
  /** Takes over messages of mixpanel-browser's queue for an endpoint, as a JSON array. The endpoint is added to the handle. */
  takeQueue(handle: number, bytes: number, now: number): void;
  /** Called when another tab has changed localStorage. */
  changed(now: number): void;
  /** Called when the page may be about to end. */
  leave(now: number): void;
  /** Of TinyGo's program: frees what nothing refers to any more, if that may be much. No other function of the program may be running. */
  collect?(): void;
  /** Called when the page is used again after `leave`, or is online again. */
  back(now: number): void;
}
