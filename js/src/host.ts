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
  return { random: (bytes) => crypto.getRandomValues(bytes), now: () => Date.now(), load };
}

/** A new UUIDv4. crypto.randomUUID exists on https only. */
export function uuid({ random }: Host): string {
  const bytes = random(new Uint8Array(30));
  let next = 0;
  return 'xxxxxxxx-xxxx-4xxx-8xxx-xxxxxxxxxxxx'.replace(/x/g, () => ((bytes[next++] as number) % 16).toString(16));
}
