// The calls that the async snippet took before this file arrived.

import { pretend } from './page.js';
import { settled } from './shim.js';
import type { Throughline } from './types.js';

/** The snippet's stand-in for the library: `q` holds instance, method, arguments, milliseconds and address of each call. */
export interface StandIn {
  q: [string, string, ArrayLike<unknown>, number, string][];
  /** Resolves the stand-in's `ready`. */
  r: (works: Promise<boolean>) => void;
}

/** Makes the calls anew, each with the time and the page of the moment it was made. */
export function replay(standIn: StandIn, throughline: Throughline): void {
  const { q, r } = standIn;
  for (const [name, method, args, at, href] of q) {
    pretend(at, href);
    const api = (name ? throughline[name as keyof Throughline] : throughline) as unknown as Record<string, (...args: unknown[]) => void>;
    api?.[method]?.(...Array.from(args));
  }
  pretend();
  Reflect.deleteProperty(standIn, 'q');
  if (q.some(([, method]) => method === 'init')) r(settled);
}
