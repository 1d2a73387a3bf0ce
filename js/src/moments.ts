// Moments in a page's life, by name.

/** Runs `callback` now, or when a prerendered page is first shown: until then it was not visited. */
export function whenShown(callback: () => void): void {
  if ((document as { prerendering?: boolean }).prerendering) document.addEventListener('prerenderingchange', callback);
  else callback();
}

/** Runs `callback` once the page has loaded. */
export function whenLoaded(callback: () => void): void {
  if (document.readyState === 'complete') callback();
  else addEventListener('load', callback);
}

/** Runs `callback` whenever this may be the last moment: a phone kills hidden pages without another event. */
export function whenLeaving(callback: () => void): void {
  addEventListener('visibilitychange', () => {
    if (document.hidden) callback();
  });
  addEventListener('pagehide', callback);
}
