import type { CoreModule } from './border.js';

/** What the library takes from its surroundings and cannot repeat. The testing kit has another. */
export interface Host {
  /** Milliseconds since 1970. */
  now(): number;
  /** Fills the array with random bytes. */
  random(bytes: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer>;
  /** Loads throughline.core.js: from beside the script, or as the bundler cut it. */
  load(): Promise<CoreModule>;
  /** When and where the call was made that the snippet took down and now makes anew. */
  early?: [at: number, url: string];
}

/** A web page, as a host. */
export function pageHost(load: Host['load']): Host {
  return { now: () => Date.now(), random: (bytes) => crypto.getRandomValues(bytes), load };
}

/** A new UUIDv4. crypto.randomUUID exists on https only. */
export function uuid({ random }: Host): string {
  const hex = Array.from(random(new Uint8Array(16)), (byte) => (byte + 256).toString(16).slice(1)).join('');
  return hex.replace(/(.{8})(....).(...).(...)/, '$1-$2-4$3-8$4-');
}
