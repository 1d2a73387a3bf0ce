// The app of react.test.mjs, for the browser and for the server.

import { lazy, StrictMode, Suspense, useEffect, useSyncExternalStore } from 'react';
import { ThroughlineProvider, usePageViews, useThroughline } from 'throughline/react';

const subscribe = (changed) => {
  addEventListener('navigated', changed);
  return () => removeEventListener('navigated', changed);
};

/** Goes to another page as a router does: the address first, then what is shown. */
export function navigate(path) {
  history.pushState(null, '', path);
  dispatchEvent(new Event('navigated'));
}

// Suspends at first, on the server and in the browser.
const Late = lazy(async () => ({ default: () => <Tracked name="Late" /> }));

function Tracked({ name }) {
  const tracker = useThroughline();
  useEffect(() => tracker.track(`${name} Shown`), [tracker, name]);
  return (
    <button type="button" onClick={() => tracker.track(`${name} Clicked`)}>
      {name}
    </button>
  );
}

function Title({ path }) {
  useEffect(() => {
    document.title = `Shop ${path}`;
  }, [path]);
  return <p>{path}</p>;
}

function Layout() {
  const path = useSyncExternalStore(
    subscribe,
    () => location.pathname,
    () => '/shop',
  );
  usePageViews(path, { layout: 'wide' });
  return (
    <main>
      <Title path={path} />
      <Tracked name="Early" />
      <Suspense fallback={<p>Wait</p>}>
        <Late />
      </Suspense>
    </main>
  );
}

export const App = ({ token, config }) => (
  <StrictMode>
    <ThroughlineProvider token={token} config={{ ...config }}>
      <Layout />
    </ThroughlineProvider>
  </StrictMode>
);
