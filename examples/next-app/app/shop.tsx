'use client';

import Link from 'next/link';
import { useThroughline } from 'throughline/react';

export function Shop({ item }: { item: string }) {
  const throughline = useThroughline();
  const signUp = () => {
    throughline.alias('user-1'); // Once, at sign-up: the history until now is that of user-1.
    throughline.identify('user-1'); // At sign-up and at each login.
    throughline.track('Signed Up', { plan: 'free' });
  };
  return (
    <main>
      <h1>{item}</h1>
      <Link href="/coffee" onClick={() => throughline.track('Item Viewed', { item: 'coffee' })}>
        View
      </Link>
      <button type="button" onClick={signUp}>Sign up</button>
      <button type="button" onClick={() => throughline.track('Bought', { item, price: 12 })}>Buy</button>
      <button type="button" onClick={() => throughline.reset()}>Log out</button>
    </main>
  );
}
