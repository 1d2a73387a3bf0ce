// What the callbacks of a call get: the server's answer in the form in which mixpanel-browser passes it.

import { attempt } from '../attempt.js';
import type { Answer } from '../border.js';
import { parse } from '../serialise.js';

/** Returns 1 or 0 or, with the option `verbose`, the server's answer as an object. */
export function responseOf({ status, body, isQueued }: Answer, verbose: boolean): unknown {
  if (isQueued) return 1; // The browser has taken a beacon.
  if (status !== 200)
    return verbose ? { status: 0, httpStatusCode: status, error: `Bad HTTP status: ${status} ${body}`.trim() } : 0;
  const answer = attempt(() => parse(body) as unknown) ?? body;
  return verbose ? answer : Number((answer as { status?: unknown })?.status ?? answer);
}
