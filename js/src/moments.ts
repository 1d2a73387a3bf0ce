// Moments in a page's life, by name. All listeners are on the window, capturing: methods of the document can be covered by elements,
// and not all of these events bubble.

import { documentProperty } from './document.js';

/** Runs `callback` now, or when a prerendered page is first shown: until then it was not visited. */
export function whenShown(callback: () => void): void {
  if (documentProperty('prerendering')) addEventListener('prerenderingchange', callback, true);
  else callback();
}

/** Runs `callback` once the page has loaded. */
export function whenLoaded(callback: () => void): void {
  if (documentProperty('readyState') === 'complete') callback();
  else addEventListener('load', callback);
}

/** Runs `callback` whenever this may be the last moment: a phone kills hidden pages without another event. */
export function whenLeaving(callback: () => void): void {
  addEventListener('visibilitychange', () => {
    if (documentProperty('hidden')) callback();
  });
  addEventListener('pagehide', callback);
}
