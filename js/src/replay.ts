// The calls that the async snippet took before this file arrived.

import type { Shim } from './shim.js';
import type { Throughline } from './types.js';

/** The snippet's stand-in for the library: `q` holds instance, method, arguments, milliseconds and address of each call. */
export interface StandIn {
  q: [string, string, unknown[], number, string][];
  /** Resolves the stand-in's `ready`. */
  r: (works: Promise<boolean>) => void;
}

/** Makes the calls anew, each with the time and the page of the moment it was made. */
export function replay({ q, r }: StandIn, throughline: Throughline, { moments, settled }: Shim): void {
  for (const [name, method, args, at, href] of q) {
    moments.pretend(at, href);
    const api = name ? throughline[name as keyof Throughline] : throughline;
    (api as unknown as Record<string, (...args: unknown[]) => void>)[method]?.(...args);
  }
  moments.pretend();
  Reflect.deleteProperty(throughline, 'q');
  r(settled);
}
