import type { CoreModule } from './border.js';

/** What the library takes from its surroundings and cannot repeat. The testing kit has another. */
export interface Host {
  /** Milliseconds since 1970. */
  now(): number;
  /** Fills the array with random bytes. */
  random(bytes: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer>;
  /** Loads throughline.core.js: from beside the script, or as the bundler cut it. */
  load(): Promise<CoreModule>;
}

/** A web page, as a host. */
export function pageHost(load: Host['load']): Host {
  return { now: () => Date.now(), random: (bytes) => crypto.getRandomValues(bytes), load };
}
