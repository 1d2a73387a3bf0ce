// Creates calls: adds to the method and arguments what is known only at the moment of the call.

import { attempt } from './attempt.js';
import { type Call, Method } from './border.js';
import { documentGetter, documentProperty } from './document.js';
import type { Host } from './host.js';
import { serialise } from './serialise.js';
import type { Tracker } from './tracker.js';

/** Creates a call, with the current time, an insert id and the page that the visitor is on. What has no JSON is added to `unsupported`. */
export type CallFactory = (tracker: Tracker, method: Method, args: readonly unknown[]) => Call;

/** Returns the factory of one page load. Insert ids are its random id and a counter, so that no call needs randomness of its own. */
export function createCallFactory(host: Host, pageID: string): CallFactory {
  const documentURL = documentGetter('URL');
  let callCount = 0;
  let lastURL: unknown;
  let pageFacts: string; // A JSON array of address, referrer, screen width and height, and title, for Go.

  return ({ instanceName, api }, method, args) => {
    const { early } = host;
    const json = serialise(args);
    // In Chromium document.URL takes an eighth of the time of location.href. It is only compared, because it may contain a password.
    const url = early ? early[1] : documentURL();
    // Rebuilt only when the address has changed, because most calls are events. Of these only page views need the title, and they are named.
    if (url !== lastURL || method === Method.Named) {
      lastURL = url;
      // A variable `screen` of the page may hide the browser's.
      const { width, height } = (attempt(() => screen) ?? {}) as Partial<Screen>;
      pageFacts = serialise([
        early ? url : location.href,
        documentProperty('referrer'),
        width,
        height,
        documentProperty('title'),
      ]);
    }
    return [instanceName, method, json, early?.[0] || host.now(), pageID + callCount++, pageFacts, args, api];
  };
}
