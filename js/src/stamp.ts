import type { Call, Method } from './border.js';
import type { Host } from './host.js';

/** Puts the moment on a call: the time, an insert id, the page. */
export type Stamp = (to: string, method: Method, args: string) => Call;

/** Makes the stamp of one page load. Its name makes the insert ids, so that they need no randomness of their own. */
export function createStamp(host: Host, pageID: string): Stamp {
  let calls = 0;
  let lastHref: string;
  let page: string; // as Go wants it: address, referrer, screen. Made anew only when the address changed.

  return (to, method, args) => {
    const { early } = host;
    const href = early ? early[4] : location.href;
    if (href !== lastHref) {
      lastHref = href;
      page = JSON.stringify([href, document.referrer, screen.width, screen.height]);
    }
    return { to, method, args, at: early ? early[3] : host.now(), id: pageID + (calls++).toString(36), page };
  };
}
