/** Runs `callback` when the page is seen again, comes out of the back/forward cache, thaws, or is online again. */
export function whenBack(callback: () => void): void {
  addEventListener('online', callback);
  addEventListener('pageshow', callback);
  document.addEventListener('resume', callback);
  document.addEventListener('visibilitychange', () => {
    if (!document.hidden) callback();
  });
}
