import { attempt } from './attempt.js';
import type { Call, Method } from './border.js';
import { documentGetter, documentProperty } from './document.js';
import type { Host } from './host.js';
import { serialise } from './serialise.js';

/** Puts the moment on a call: the time, an insert id, the page. */
export type CallFactory = (to: string, method: Method, args: string) => Call;

/** Makes the stamp of one page load. Its name makes the insert ids, so that they need no randomness of their own. */
export function createCallFactory(host: Host, pageID: string): CallFactory {
  const documentURL = documentGetter('URL');
  let callCount = 0;
  let lastURL: unknown;
  let pageFacts: string; // as Go wants it: address, referrer, screen. Made anew only when the address changed.

  return (to, method, args) => {
    const { early } = host;
    // An eighth of the time that location.href takes in Chromium; but it may hold a password.
    const url = early ? early[1] : documentURL();
    if (url !== lastURL) {
      lastURL = url;
      // A page may have a variable named screen.
      const { width, height } = (attempt(() => screen) ?? {}) as Partial<Screen>;
      pageFacts = serialise([early ? url : location.href, documentProperty('referrer'), width, height]);
    }
    return [to, method, args, early?.[0] || host.now(), pageID + callCount++, pageFacts];
  };
}
