import { useState } from 'react';
import { usePageViews, useThroughline } from 'throughline/react';

export function Shop() {
  const throughline = useThroughline();
  const [page, setPage] = useState('tea');
  usePageViews(page);

  const open = (next: string) => {
    history.pushState(null, '', `#${next}`); // As a router does.
    setPage(next);
    throughline.track('Item Viewed', { item: next });
  };
  const signUp = () => {
    throughline.alias('user-1'); // Once, at sign-up: the history until now is that of user-1.
    throughline.identify('user-1'); // At sign-up and at each login.
    throughline.track('Signed Up', { plan: 'free' });
  };

  return (
    <main>
      <h1>{page}</h1>
      <button type="button" onClick={() => open('coffee')}>View</button>
      <button type="button" onClick={signUp}>Sign up</button>
      <button type="button" onClick={() => throughline.track('Bought', { item: page, price: 12 })}>Buy</button>
      <button type="button" onClick={() => throughline.reset()}>Log out</button>
    </main>
  );
}
