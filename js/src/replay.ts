// The calls that the async snippet took before this file arrived.

import type { Host } from './host.js';
import type { Throughline } from './types.js';

/** A call that the snippet took: instance, method, arguments, milliseconds and address. */
export type EarlyCall = [string, string, unknown[], number, string];

/** The snippet's stand-in for the library. */
export interface StandIn {
  q: EarlyCall[];
  /** Resolves the stand-in's `ready`. */
  r: (works: Promise<boolean>) => void;
}

/** Makes the calls anew, each with the time and the page of the moment it was made. */
export function replay({ q, r }: StandIn, throughline: Throughline, host: Host, settled: Promise<boolean>): void {
  for (const call of q) {
    const [name, method, args] = call;
    host.early = call;
    const api = name ? throughline[name as keyof Throughline] : throughline;
    (api as unknown as Record<string, (...args: unknown[]) => void>)[method]?.(...args);
  }
  host.early = undefined;
  delete (throughline as object as Partial<StandIn>).q;
  r(settled);
}
