/// <reference types="throughline/global" />

throughline.init('demo', { api_host: '/t', track_pageview: 'full-url' });

/** @param {string} id @param {() => void} run */
const onClick = (id, run) => document.getElementById(id)?.addEventListener('click', run);

onClick('view', () => {
  history.pushState(null, '', '#coffee');
  throughline.track('Item Viewed', { item: 'coffee' });
});
onClick('sign-up', () => {
  throughline.alias('user-1'); // Once, at sign-up: the history until now is that of user-1.
  throughline.identify('user-1'); // At sign-up and at each login.
  throughline.track('Signed Up', { plan: 'free' });
});
onClick('buy', () => throughline.track('Bought', { item: 'coffee', price: 12 }));
onClick('log-out', () => throughline.reset());
