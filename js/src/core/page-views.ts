// The option track_pageview of single-page apps: a page view whenever the address has changed in the part that the option names. The view of
// the page that was loaded is counted by the shim at init.

import { attempt } from '../attempt.js';
import type { Instance } from '../types.js';
import { guard } from '../warn.js';

// The part of an address that a value of the option means. With `true` only the loaded page counts.
const comparedParts: Record<string, RegExp> = {
  'full-url': /.*/s,
  'url-with-path-and-query-string': /^[^#]*/,
  'url-with-path': /^[^?#]*/,
};

const watches: (() => void)[] = [];

/** Counts a view of `api` at each change of the address, and one now if it is not `countedURL` any more. */
export function watchPageViews(api: Instance, countedURL: string): void {
  let lastURL = countedURL;
  const check = () => {
    const part = comparedParts[api.get_config('track_pageview') as string];
    const isSame = !part || part.exec(location.href)?.[0] === part.exec(lastURL)?.[0];
    lastURL = location.href;
    if (!isSame) api.track_pageview({ $mp_autocapture: true });
  };
  if (!watches[0]) listen();
  watches.push(check);
  guard(check);
}

const checkAll = () => watches.forEach(guard);

function listen(): void {
  const { navigation } = window as { navigation?: EventTarget };
  // A variable of the page may have the same name. Browsers before Chromium 102, Firefox 147 and Safari 26.2 do not have it.
  if (Object.prototype.toString.call(navigation) === '[object Navigation]')
    return void navigation?.addEventListener('currententrychange', checkAll);
  addEventListener('popstate', checkAll);
  addEventListener('hashchange', checkAll);
  for (const name of ['pushState', 'replaceState'] as const) attempt(() => wrap(name));
}

function wrap(name: 'pushState' | 'replaceState'): void {
  const native = history[name];
  history[name] = function (this: History, ...args) {
    native.apply(this, args);
    checkAll();
  };
}
