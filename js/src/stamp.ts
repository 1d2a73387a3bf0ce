import type { Call, Method } from './border.js';
import type { Host } from './host.js';

/** Puts the moment on a call: the time, an insert id, the page. */
export type Stamp = (to: string, method: Method, args: string) => Call;

/** Makes the stamp of one page load. Its name makes the insert ids, so that they need no randomness of their own. */
export function createStamp(host: Host, pageID: string): Stamp {
  let calls = 0;
  let lastURL: string;
  let page: string; // as Go wants it: address, referrer, screen. Made anew only when the address changed.

  return (to, method, args) => {
    const { early } = host;
    const url = early ? early[1] : document.URL; // An eighth of the time that location.href takes in Chromium; but it may hold a password.
    if (url !== lastURL) {
      lastURL = url;
      page = JSON.stringify([early ? url : location.href, document.referrer, screen.width, screen.height]);
    }
    return [to, method, args, early ? early[0] : host.now(), pageID + calls++, page];
  };
}
