// The events of the page lifecycle. All listeners are on the window: elements can cover the methods of the document (DOM clobbering).
// Events of the document that do not bubble are listened for in the capturing phase, in which they pass the window.

import { documentProperty } from './document.js';

/** Runs `callback` now, or, on a prerendered page, when it is activated: before that, the visitor has not seen the page. */
export function whenActivated(callback: () => void): void {
  if (documentProperty('prerendering')) addEventListener('prerenderingchange', callback, true);
  else callback();
}

/** Runs `callback` once the page has loaded. */
export function whenLoaded(callback: () => void): void {
  if (documentProperty('readyState') === 'complete') callback();
  else addEventListener('load', callback);
}

/** Runs `callback` whenever the page may be about to end. Phones kill hidden pages without a further event, so hiding counts. */
export function onLeave(callback: () => void): void {
  addEventListener('visibilitychange', () => {
    if (documentProperty('hidden')) callback();
  });
  addEventListener('pagehide', callback);
}

/** Runs `callback` whenever the page is visible again, returns from the back/forward cache, is unfrozen, or is online again. */
export function onReturn(callback: () => void): void {
  addEventListener('online', callback);
  addEventListener('pageshow', callback);
  addEventListener('resume', callback, true);
  addEventListener('visibilitychange', () => {
    if (!documentProperty('hidden')) callback();
  });
}
