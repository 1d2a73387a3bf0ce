import { documentProperty } from '../document.js';

/**
 * Runs `callback` when the page is seen again, comes out of the back/forward cache, thaws, or is online again. The document's events are
 * caught on their way through the window, for elements can cover the document's methods.
 */
export function whenBack(callback: () => void): void {
  addEventListener('online', callback);
  addEventListener('pageshow', callback);
  addEventListener('resume', callback, true);
  addEventListener('visibilitychange', () => {
    if (!documentProperty('hidden')) callback();
  });
}
