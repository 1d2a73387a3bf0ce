// Moments in a page's life, by name. All listeners are on the window, capturing: methods of the document can be covered by elements,
// and not all of these events bubble.

import { documentProperty } from './document.js';

/** Runs `callback` now, or when a prerendered page is first shown: until then it was not visited. */
export function whenActivated(callback: () => void): void {
  if (documentProperty('prerendering')) addEventListener('prerenderingchange', callback, true);
  else callback();
}

/** Runs `callback` once the page has loaded. */
export function whenLoaded(callback: () => void): void {
  if (documentProperty('readyState') === 'complete') callback();
  else addEventListener('load', callback);
}

/** Runs `callback` whenever this may be the last moment: a phone kills hidden pages without another event. */
export function onLeave(callback: () => void): void {
  addEventListener('visibilitychange', () => {
    if (documentProperty('hidden')) callback();
  });
  addEventListener('pagehide', callback);
}

/**
 * Runs `callback` when the page is seen again, comes out of the back/forward cache, thaws, or is online again. The document's events are
 * caught on their way through the window, for elements can cover the document's methods.
 */
export function onReturn(callback: () => void): void {
  addEventListener('online', callback);
  addEventListener('pageshow', callback);
  addEventListener('resume', callback, true);
  addEventListener('visibilitychange', () => {
    if (!documentProperty('hidden')) callback();
  });
}
