// Creates calls: adds to the method and arguments what is known only at the moment of the call.

import { attempt } from './attempt.js';
import type { Call, Method } from './border.js';
import { documentGetter, documentProperty } from './document.js';
import type { Host } from './host.js';
import { serialise } from './serialise.js';

/** Creates a call, with the current time, an insert id and the page that the visitor is on. */
export type CallFactory = (to: string, method: Method, args: string) => Call;

/** Returns the factory of one page load. Insert ids are its random id and a counter, so that no call needs randomness of its own. */
export function createCallFactory(host: Host, pageID: string): CallFactory {
  const documentURL = documentGetter('URL');
  let callCount = 0;
  let lastURL: unknown;
  let pageFacts: string; // A JSON array of address, referrer, screen width and height, for Go. Rebuilt only when the address has changed.

  return (to, method, args) => {
    const { early } = host;
    // In Chromium document.URL takes an eighth of the time of location.href. It is only compared, because it may contain a password.
    const url = early ? early[1] : documentURL();
    if (url !== lastURL) {
      lastURL = url;
      // A variable `screen` of the page may hide the browser's.
      const { width, height } = (attempt(() => screen) ?? {}) as Partial<Screen>;
      pageFacts = serialise([early ? url : location.href, documentProperty('referrer'), width, height]);
    }
    return [to, method, args, early?.[0] || host.now(), pageID + callCount++, pageFacts];
  };
}
