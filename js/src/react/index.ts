// The entry throughline/react. React must be 18 or newer. The built file begins with 'use client', so that an app with server components can
// import it from one.

import { createContext, createElement, type ReactNode, useContext, useEffect, useInsertionEffect, useRef } from 'react';
// In the package this is ./throughline.mjs: the very module that the app's own `import throughline from 'throughline'` gives.
import throughline from '../index.js';
import type { Config, Events, Instance, Properties, Sayable } from '../types.js';

/** What `ThroughlineProvider` takes: a token, with which it starts the library, or a tracker that the app has started. */
export type ThroughlineProviderProps = { readonly children?: ReactNode } & (
  | {
      /** The project token. */
      readonly token: string;
      /** The options of `init`. Later changes of it have no effect: call `set_config` for them. */
      readonly config?: Config | undefined;
      readonly instance?: undefined;
    }
  | {
      /** A tracker that the app has started with `init`, such as a named one or that of a test. It may have any events. */
      readonly instance: Pick<Instance, 'identify' | 'reset' | 'track_pageview' | 'get_config'>;
      readonly token?: undefined;
      readonly config?: undefined;
    }
);

const TrackerContext = /* @__PURE__ */ createContext<object>(throughline);

/** Starts the library, if it is given a token, and provides the tracker to `useThroughline`. */
export function ThroughlineProvider({ token, config, instance, children }: ThroughlineProviderProps): ReactNode {
  // An insertion effect, because it runs before every other effect of the same commit, so that an effect of a child can track. Unlike code in
  // the body of this function it does not run for a render that React discards, nor on a server, and unlike other effects StrictMode does
  // not run it twice.
  useInsertionEffect(() => {
    if (token !== undefined) throughline.init(token, config);
  }, [token]); // `config` is usually a new object at each render.
  return createElement(TrackerContext.Provider, { value: instance ?? throughline }, children);
}

/**
 * Returns the tracker of the provider above, or the default one. It is always the same object. `Map` are its events, if they are not those that the
 * site has declared.
 */
export function useThroughline<Map extends object = Events>(): Instance<Map> {
  return useContext(TrackerContext) as Instance<Map>;
}

/**
 * Records a page view when the component first appears, and whenever `page` changes. Call it in one component that stays, such as the layout,
 * with what names the page: `usePageViews(usePathname())` in Next.js, `usePageViews(useLocation().pathname)` in React Router. The view is
 * recorded after the new page is shown, with its title. `properties` are those of `track_pageview`.
 *
 * Where the option `track_pageview` makes the library itself count a view, this hook does not.
 */
export function usePageViews<Given extends Properties>(
  page: string | null | undefined,
  properties?: (Given & Sayable<Given>) | null,
): void {
  const tracker = useThroughline();
  // StrictMode runs effects twice, with the same ref.
  const last = useRef<typeof page>(undefined);
  useEffect(() => {
    const isFirst = last.current === undefined;
    if (page == null || page === last.current) return;
    last.current = page;
    const counted = tracker.get_config('track_pageview');
    // With `true` the library counts the page that was loaded, with the name of a part of the address all of them.
    if (typeof counted === 'string' || (counted && isFirst)) return;
    tracker.track_pageview(properties);
  }, [tracker, page]); // `properties` is usually a new object at each render.
}
