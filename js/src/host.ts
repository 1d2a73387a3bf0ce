// The clock, the randomness and the loader that the shim uses: the browser's in a page, fixed ones in the testing kit.

import { attempt } from './attempt.js';
import type { ChangeableHost, CoreModule } from './border.js';

/** The sources of everything in the shim that is not deterministic. */
export interface Host extends ChangeableHost {
  /** Fills the array with random bytes. */
  random(bytes: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer>;
  /**
   * Loads throughline.core.js, from beside the script or as a chunk of the bundler. `failures` is how often that failed before, `wasmURL`
   * the option `wasm_url`.
   */
  load(failures: number, wasmURL?: string): Promise<CoreModule>;
  /** While the snippet makes a call that it recorded: the time and the page address of that call. */
  early?: [at: number, url: string];
}

// Milliseconds. After that, loading counts as failed and is tried again.
const loadTimeout = 30_000;

/** The host in a web page. The clock and the randomness work even where the page has replaced the browser's by functions that throw. */
export function pageHost(load: Host['load']): Host {
  return {
    random: (bytes) => attempt(() => crypto.getRandomValues(bytes)) ?? bytes.map(() => Math.random() * 256),
    // biome-ignore lint/complexity/useDateNow: Date.now is what the page has replaced.
    now: () => attempt(() => Date.now()) || new Date().getTime(),
    load: (failures, wasmURL) =>
      new Promise((resolve, reject) => {
        const timer = setTimeout(reject, loadTimeout, 'throughline.core.js: no answer');
        load(failures, wasmURL)
          .then(resolve, reject)
          .finally(() => clearTimeout(timer)); // It would keep a test's process running.
      }),
  };
}

/** Returns a new UUIDv4. crypto.randomUUID cannot be used: it exists on https only. */
export function uuid({ random }: Host): string {
  const bytes = random(new Uint8Array(30));
  let next = 0;
  return 'xxxxxxxx-xxxx-4xxx-8xxx-xxxxxxxxxxxx'.replace(/x/g, () => ((bytes[next++] as number) % 16).toString(16));
}
