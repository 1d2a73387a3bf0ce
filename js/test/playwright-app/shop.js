// The site's own code. Which collector it has, and whether it makes the calls in the wrong order, is in the address of the page.

const settings = new URLSearchParams(location.search);
const collector = settings.get('collector');
throughline.init('shop', {
  ...(collector ? { api_host: collector } : {}),
  warnings: settings.get('warnings') ?? 'console',
});

document.querySelector('#view').onclick = () => throughline.track('Item Viewed', { item: 'Lamp' });
document.querySelector('#sign-up').onclick = () => signUp('jane');
document.querySelector('#log-in').onclick = () => throughline.identify('jane');

function signUp(account) {
  if (settings.has('wrong')) throughline.identify(account);
  throughline.alias(account);
  throughline.identify(account);
  throughline.track('Signed Up', { plan: 'pro' });
}

if (settings.has('early')) {
  throughline.track('Opened');
  throughline.identify(String(undefined));
}
if (settings.has('reserved'))
  document.querySelector('#view').onclick = () => {
    throughline.track('Fine');
    throughline.track('Item Viewed', { token: 'mine', distinct_id: 'other' });
  };
