// The subdomains of a site share one visitor, by a cookie on the widest domain that the browser allows.

import assert from 'node:assert/strict';
import { test } from './harness/bounded-test.mjs';
import { args } from './harness/browser.mjs';
import { until } from './harness/collector.mjs';
import { useEnvironment } from './harness/environment.mjs';
import { scriptTag } from './harness/site.mjs';

const environment = useEnvironment();

/** A device for which every host is the test's site. `open` opens a page on a host, and waits until the core runs there. */
async function openSite(config = {}, before = '') {
  const { collector, site } = environment;
  const token = environment.token();
  const device = await environment.device({
    args: [...args, '--host-resolver-rules=MAP *.test 127.0.0.1, MAP *.io 127.0.0.1'],
  });
  let pages = 0;
  const open = async (host, { config: own = {}, wait = true, before: script = before } = {}) => {
    const options = { api_host: collector.url, ...config, ...own };
    const url = new URL(site.page(`/${token}/${pages++}.html`, scriptTag(token, options, script)));
    url.hostname = host;
    const page = await device.open(url.href);
    if (wait) assert.equal(await page.evaluate(() => throughline.ready), true);
    return page;
  };
  return { token, device, open, collector, site };
}

const idOf = (page) => page.evaluate(() => throughline.get_distinct_id());
const cookiesOf = async ({ device, token }) =>
  (await device.context.cookies()).filter(({ name }) => name.includes(token) || name === 'tlp');
const become = async (page, state) => {
  await page.evaluate((hidden) => {
    Object.defineProperty(document, 'hidden', { value: hidden, configurable: true });
    dispatchEvent(new Event('visibilitychange'));
  }, state === 'hidden');
};

for (const mixpanel of [false, true]) {
  const face = mixpanel ? 'with the options of throughline/mixpanel' : 'with its own options';
  test(`a second subdomain has the visitor of the first before the core runs, ${face}`, async () => {
    const visit = await openSite({ mixpanel });
    const www = await visit.open('www.example.test');
    const id = await idOf(www);
    await www.evaluate(() => throughline.register({ plan: 'gold' }));
    await www.close();
    visit.site.answers['/lib/throughline.core.js'] = () => {};
    const early = await visit.open('shop.example.test', { wait: false });
    assert.equal(await idOf(early), id);
    assert.equal(await early.evaluate(() => throughline.get_property('plan')), 'gold');
    await early.evaluate(() => throughline.track('Left early'));
    await early.close();
    delete visit.site.answers['/lib/throughline.core.js'];
    const shop = await visit.open('shop.example.test');
    assert.equal(await idOf(shop), id);
    const apex = await visit.open('example.test');
    assert.equal(await idOf(apex), id);
    assert.equal(await apex.evaluate(() => throughline.get_property('plan')), 'gold');
    assert.equal((await visit.collector.stored(visit.token, 1))[0].distinct_id, id);
    for (const { domain } of await cookiesOf(visit)) assert.equal(domain, '.example.test');
    assert.deepEqual(visit.device.problems, []);
  });

  test(`login, reset, opt-out and super properties reach the other subdomain when it is seen again, ${face}`, async () => {
    const visit = await openSite({ mixpanel });
    const www = await visit.open('www.example.test');
    const shop = await visit.open('shop.example.test');
    const anonymous = await idOf(shop);
    await www.evaluate(() => {
      throughline.register({ plan: 'gold', gone: 1 });
      throughline.alias('jane');
      throughline.identify('jane');
      return throughline.flush();
    });
    await become(shop, 'hidden');
    await become(shop, 'visible');
    const of = (page) =>
      page.evaluate(() =>
        ['distinct_id', '$user_id', '__alias', 'plan', 'gone'].map((name) => throughline.get_property(name) ?? null),
      );
    assert.deepEqual(await of(shop), [anonymous, 'jane', 'jane', 'gold', 1]);
    await shop.evaluate(() => throughline.unregister('gone'));
    await become(www, 'visible');
    assert.deepEqual(await of(www), [anonymous, 'jane', 'jane', 'gold', null]);
    await www.evaluate(() => throughline.identify('joe'));
    await become(shop, 'visible');
    assert.equal(await idOf(shop), 'joe');
    await shop.evaluate(() => throughline.reset());
    await become(www, 'visible');
    const next = await idOf(shop);
    assert.match(next, /^\$device:/);
    assert.notEqual(next, anonymous);
    assert.deepEqual(await of(www), [next, null, null, null, null]);
    assert.deepEqual(visit.device.problems, []);
    if (mixpanel) return; // There mixpanel-browser's own flag counts, which is in the localStorage of each subdomain, or in a cookie.
    await www.evaluate(() => throughline.opt_out_tracking());
    await become(shop, 'visible');
    assert.equal(await shop.evaluate(() => throughline.has_opted_out_tracking()), true);
    await shop.evaluate(() => throughline.opt_in_tracking());
    const later = await visit.open('www.example.test');
    assert.equal(await later.evaluate(() => throughline.has_opted_out_tracking()), false);
  });
}

test('an opt-out on one subdomain counts on the other before the core runs', async () => {
  const visit = await openSite();
  const shop = await visit.open('shop.example.test');
  await shop.close();
  const www = await visit.open('www.example.test');
  await www.evaluate(() => throughline.opt_out_tracking());
  await www.close();
  visit.site.answers['/lib/throughline.core.js'] = () => {};
  const early = await visit.open('shop.example.test', { wait: false });
  assert.equal(await early.evaluate(() => throughline.has_opted_out_tracking()), true);
  delete visit.site.answers['/lib/throughline.core.js'];
});

test('of two subdomains that each had a visitor, an identified one stays, or else the one that the cookie knows', async () => {
  const separate = { cross_subdomain_cookie: false };
  for (const [login, expected] of [
    ['www', 'www'],
    ['shop', 'shop'],
    ['', 'www'],
  ]) {
    const visit = await openSite();
    const ids = {};
    for (const name of ['www', 'shop']) {
      const page = await visit.open(`${name}.example.test`, { config: separate });
      await page.evaluate((name) => throughline.register({ [name]: 1 }), name);
      if (login === name) await page.evaluate(() => throughline.identify('jane'));
      ids[name] = await idOf(page);
      await page.close();
    }
    assert.notEqual(ids.www, ids.shop);
    assert.deepEqual(await cookiesOf(visit), []);
    const www = await visit.open('www.example.test');
    const shop = await visit.open('shop.example.test');
    assert.equal(await idOf(shop), ids[expected], `shop, ${login}`);
    await become(www, 'visible');
    assert.equal(await idOf(www), ids[expected], `www, ${login}`);
    const again = await visit.open('www.example.test');
    assert.equal(await idOf(again), ids[expected]);
    assert.deepEqual(await again.evaluate(() => ['www', 'shop'].map((name) => throughline.get_property(name))), [1, 1]);
  }
});

test('two persons on two subdomains are not merged: the later login counts, and nothing of the other stays', async () => {
  const separate = { cross_subdomain_cookie: false };
  const visit = await openSite();
  for (const name of ['www', 'shop']) {
    const page = await visit.open(`${name}.example.test`, { config: separate });
    await page.evaluate((name) => {
      throughline.identify(name);
      throughline.register({ [name]: 1 });
    }, name);
    await page.close();
  }
  await visit.open('shop.example.test');
  const www = await visit.open('www.example.test');
  assert.deepEqual(
    await www.evaluate(() => ['distinct_id', 'shop', 'www'].map((name) => throughline.get_property(name) ?? null)),
    ['shop', 1, null],
  );
});

test('hosts under a public suffix have their own visitors, and there is no cookie where there is no domain', async () => {
  const visit = await openSite();
  const one = await visit.open('one.github.io');
  const other = await visit.open('other.github.io');
  assert.notEqual(await idOf(one), await idOf(other));
  assert.equal(await idOf(await visit.open('sub.one.github.io')), await idOf(one));
  assert.deepEqual([...new Set((await cookiesOf(visit)).map(({ domain }) => domain))].sort(), [
    '.one.github.io',
    '.other.github.io',
  ]);
  const none = await openSite();
  for (const host of ['127.0.0.1', 'localhost']) {
    const page = await none.open(host);
    await page.evaluate(() => throughline.identify('jane'));
    assert.equal(await idOf(await none.open(host)), 'jane');
  }
  assert.deepEqual(await cookiesOf(none), []);
  assert.deepEqual([...visit.device.problems, ...none.device.problems], []);
});

test('where cookies cannot be read or written, each subdomain has its own visitor', async () => {
  const faults = {
    'both throw': "Object.defineProperty(document, 'cookie', { get() { throw 1 }, set() { throw 1 } })",
    'nothing is kept': "Object.defineProperty(document, 'cookie', { get: () => '', set() {} })",
  };
  for (const [name, before] of Object.entries(faults)) {
    const visit = await openSite({}, before);
    const www = await visit.open('www.example.test');
    await www.evaluate(() => throughline.identify('jane'));
    assert.equal(await idOf(await visit.open('www.example.test')), 'jane', name);
    assert.match(await idOf(await visit.open('shop.example.test')), /^\$device:/, name);
    assert.deepEqual(visit.device.problems, [], name);
  }
  const covered = await openSite({}, "document.write('<img name=cookie>')");
  const id = await idOf(await covered.open('www.example.test'));
  assert.equal(await idOf(await covered.open('shop.example.test')), id, 'an element of that name');
});

test('cookie_domain, cross_subdomain_cookie, cookie_expiration and persistence_name are obeyed', async () => {
  const visit = await openSite();
  const own = { config: { cookie_domain: 'eu.example.test', cookie_expiration: 10 } };
  const id = await idOf(await visit.open('a.eu.example.test', own));
  assert.equal(await idOf(await visit.open('b.eu.example.test', own)), id);
  const [cookie] = await cookiesOf(visit);
  assert.equal(cookie.domain, '.eu.example.test');
  assert.ok(Math.abs(cookie.expires - Date.now() / 1000 - 864_000) < 60);
  const named = { config: { persistence_name: 'b2b' } };
  const other = await idOf(await visit.open('a.eu.example.test', named));
  assert.notEqual(other, id);
  assert.equal(await idOf(await visit.open('www.example.test', named)), other);
  const separate = { config: { cross_subdomain_cookie: false, persistence_name: 'alone' } };
  assert.notEqual(
    await idOf(await visit.open('www.example.test', separate)),
    await idOf(await visit.open('shop.example.test', separate)),
  );
});

test('a page that empties localStorage while the library runs begins a new visitor everywhere; emptied at another time, the cookie knows it', async () => {
  const visit = await openSite();
  const www = await visit.open('www.example.test');
  const shop = await visit.open('shop.example.test');
  const first = await idOf(www);
  await www.evaluate(() => {
    localStorage.clear();
    throughline.track('E');
  });
  await until(async () => (await idOf(www)) !== first, 'a new visitor');
  await become(shop, 'visible');
  assert.equal(await idOf(shop), await idOf(www));
  const second = await idOf(www);
  await www.close();
  await shop.close();
  const bare = await visit.device.open(
    visit.site.page('/bare.html', 'nothing').replace('127.0.0.1', 'www.example.test'),
  );
  await bare.evaluate(() => localStorage.clear());
  await bare.close();
  assert.equal(await idOf(await visit.open('www.example.test')), second);
  await visit.device.context.clearCookies();
  assert.equal(await idOf(await visit.open('shop.example.test')), second, 'localStorage knows it too');
});

test('super properties that are too large for a cookie stay on their subdomain', async () => {
  const visit = await openSite();
  const www = await visit.open('www.example.test');
  await www.evaluate(() => {
    throughline.register({ large: 'x'.repeat(5000) });
    throughline.identify('jane');
  });
  const shop = await visit.open('shop.example.test');
  assert.equal(await idOf(shop), 'jane');
  assert.equal(await shop.evaluate(() => throughline.get_property('large')), undefined);
  await shop.evaluate(() => throughline.register({ small: 1 }));
  const again = await visit.open('www.example.test');
  assert.deepEqual(
    await again.evaluate(() => [throughline.get_property('large')?.length, throughline.get_distinct_id()]),
    [5000, 'jane'],
  );
});
