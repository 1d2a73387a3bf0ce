import type { Call, Method } from './border.js';
import type { Host } from './host.js';

/** Puts the moment on calls: the time, an insert id, the page. One for each page load. */
export interface Moments {
  /** Names this page load. 60 random bits, so that insert ids need no randomness of their own; made on first use, for servers import this too. */
  name(): string;
  /** A call, stamped. `$insert_id` is at most 36 letters, digits and -. */
  stamp(to: string, method: Method, args: string): Call;
  /** Until called without arguments: every call was made at this time, on this page. For calls that the snippet took down. */
  pretend(time?: number, href?: string): void;
}

/** Makes the moments of one page load. */
export function createMoments({ now, random }: Host): Moments {
  let pageName = '';
  let calls = 0;
  let pretendedTime: number | undefined;
  let pretendedHref: string | undefined;
  let lastHref: string;
  let page: string;

  const name = () => {
    pageName ||= Array.from(random(new Uint8Array(12)), (byte) => (byte & 31).toString(32)).join('');
    return pageName;
  };

  // The page as Go wants it: address, referrer, screen. Made anew only when the address changed.
  const where = () => {
    const href = pretendedHref ?? location.href;
    if (href !== lastHref) {
      lastHref = href;
      page = JSON.stringify([href, document.referrer, screen.width, screen.height]);
    }
    return page;
  };

  return {
    name,
    stamp: (to, method, args) => ({
      to,
      method,
      args,
      at: pretendedTime ?? now(),
      id: name() + (calls++).toString(36),
      page: where(),
    }),
    pretend(time, href) {
      pretendedTime = time;
      pretendedHref = href;
    },
  };
}
