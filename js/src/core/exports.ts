/** What wasm/main.go exports. Texts go in through `buffer`; every time is in milliseconds since 1970. */
export interface Exports {
  /** Where to put texts of up to so many bytes. */
  buffer(bytes: number): number;
  /** Opens a tracker by the facts written before, and returns its handle. */
  open(bytes: number, now: number): number;
  /** Where the page is: the text is the `page` of the calls that follow. */
  page(bytes: number): void;
  /** Runs one call: insert id and arguments are one text. Returns the length of the answer in bytes. */
  call(handle: number, method: number, idBytes: number, bytes: number, at: number): number;
  /** Runs calls of track, each ended by a line break: milliseconds, a space, insert id, arguments. Where `end` is 1 the task ends. */
  tracks(handle: number, bytes: number, end: number, now: number): void;
  /** Where the last answer is. */
  result(): number;
  /** The task ends: what was accepted in it is stored. */
  commit(now: number): void;
  /** Sends what waits; the import `flushed` tells the outcome. */
  flush(handle: number, ticket: number, now: number): void;
  /** The answer to a request that the import `send` was given; status 0: there was none. */
  answered(handle: number, request: number, status: number, retryAfter: number, bytes: number, now: number): void;
  /** The lock that the import `lock` asked for is held. */
  locked(handle: number, now: number): void;
  /** The time that the import `wake` asked for has come. */
  wake(handle: number, now: number): void;
  /** What IndexedDB holds of the outbox, as a JSON array of key and text. */
  adopt(handle: number, bytes: number, now: number): void;
  /** Another tab changed localStorage. */
  changed(now: number): void;
  /** This may be the page's last moment. */
  leave(now: number): void;
  /** It was not; or the network is back. */
  back(now: number): void;
}
