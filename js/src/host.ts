import { attempt } from './attempt.js';
import type { CoreModule } from './border.js';

/** What the library takes from its surroundings and cannot repeat. The testing kit has another. */
export interface Host {
  /** Milliseconds since 1970. */
  now(): number;
  /** Fills the array with random bytes. */
  random(bytes: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer>;
  /**
   * Loads throughline.core.js, from beside the script or as the bundler cut it. `failures` is how often that failed before, `wasmURL`
   * what the page said of where throughline.wasm is.
   */
  load(failures: number, wasmURL?: string): Promise<CoreModule>;
  /** When and where the call was made that the snippet took down and now makes anew. */
  early?: [at: number, url: string];
}

// Milliseconds: what has not come by then is tried again.
const loadTimeout = 30_000;

/** A web page, as a host. Both functions go on where the page has put something in the place of the browser's own that throws. */
export function pageHost(load: Host['load']): Host {
  return {
    random: (bytes) => attempt(() => crypto.getRandomValues(bytes)) ?? bytes.map(() => Math.random() * 256),
    // biome-ignore lint/complexity/useDateNow: it is what the page has replaced.
    now: () => attempt(() => Date.now()) || new Date().getTime(),
    load: (failures, wasmURL) =>
      Promise.race([
        load(failures, wasmURL),
        new Promise<never>((_, reject) => setTimeout(reject, loadTimeout, 'throughline.core.js: no answer')),
      ]),
  };
}

/** A new UUIDv4. crypto.randomUUID exists on https only. */
export function uuid({ random }: Host): string {
  const bytes = random(new Uint8Array(30));
  let next = 0;
  return 'xxxxxxxx-xxxx-4xxx-8xxx-xxxxxxxxxxxx'.replace(/x/g, () => ((bytes[next++] as number) % 16).toString(16));
}
