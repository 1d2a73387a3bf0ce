import type { Call, Method } from './border.js';
import { host } from './host.js';

let id: string | undefined;
let calls = 0;

/** Names this page load. 60 random bits, so that insert ids need no randomness of their own; on first use, for a server imports this too. */
export function pageID(): string {
  id ??= random(12);
  return id;
}

/** A text of `length` letters and digits, 5 random bits each. */
export function random(length: number): string {
  let text = '';
  for (const byte of host.random(new Uint8Array(length))) text += (byte & 31).toString(32);
  return text;
}

/** Puts the moment on a call: its time, an insert id (`$insert_id` is at most 36 letters, digits and -), the page. */
export function stamp(to: string, method: Method, args: string): Call {
  return { to, method, args, at: pretendedTime ?? host.now(), id: pageID() + (calls++).toString(36), page: where() };
}

let pretendedTime: number | undefined;
let pretendedHref: string | undefined;

/** Until called without arguments: every call was made at this time, on this page. For calls that another script took down. */
export function pretend(time?: number, href?: string): void {
  pretendedTime = time;
  pretendedHref = href;
}

let lastHref: string;
let lastPage: string;

// The page as Go wants it: address, referrer, screen. Made anew only when the address changed.
function where(): string {
  const href = pretendedHref ?? location.href;
  if (href !== lastHref) {
    lastHref = href;
    lastPage = JSON.stringify([href, document.referrer, screen.width, screen.height]);
  }
  return lastPage;
}
