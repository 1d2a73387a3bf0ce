// From mixpanel-browser to the entry throughline/mixpanel and back, with profiles that the npm package itself writes: the visitor stays one, also
// while tabs of both libraries are open, and what the old library could not deliver is delivered once.

import assert from 'node:assert/strict';
import { test } from './harness/bounded-test.mjs';
import { until } from './harness/collector.mjs';
import { useEnvironment } from './harness/environment.mjs';
import { bundleMixpanel } from './harness/mixpanel-bundle.mjs';

const environment = useEnvironment();
const bundle = await bundleMixpanel();

/** A device with a page of the old library and one of ours, which both call it `mixpanel`. `ids` are what a page says of its visitor. */
async function openSite(config = {}) {
  const { collector, site } = environment;
  const token = environment.token();
  const device = await environment.device();
  site.answers['/mixpanel.js'] = (_request, response) =>
    response.writeHead(200, { 'Content-Type': 'text/javascript' }).end(bundle);
  const opener = (script) => {
    let pages = 0;
    return async (extra = {}) => {
      const options = JSON.stringify({ api_host: collector.url, batch_flush_interval_ms: 100, ...config, ...extra });
      const html = `<script src="${script}"></script><script>mixpanel.init('${token}', ${options})</script>`;
      const page = await device.open(site.page(`/${token}${script}${pages++}.html`, html));
      await page.evaluate(() => mixpanel.ready);
      return page;
    };
  };
  return {
    token,
    device,
    collector,
    openOld: opener('/mixpanel.js'),
    openOurs: opener('/lib/throughline.mixpanel.js'),
  };
}

const visitorOf = (page, ...names) =>
  page.evaluate(
    (names) => ['distinct_id', '$device_id', '$user_id', ...names].map((name) => mixpanel.get_property(name) ?? null),
    names,
  );

/** mixpanel-browser's record, from where it is stored. */
const stored = (page, name, place = 'cookie') =>
  page.evaluate(
    ([name, place]) => {
      const cookie = document.cookie.split('; ').find((one) => one.startsWith(`${name}=`));
      const text =
        place === 'cookie' ? cookie && decodeURIComponent(cookie.slice(name.length + 1)) : localStorage[name];
      return text ? JSON.parse(text) : undefined;
    },
    [name, place],
  );

const profiles = {
  anonymous: () => mixpanel.register({ plan: 'gold' }),
  aliased: () => mixpanel.alias('jane'),
  'identified by text': () => mixpanel.identify('jane'),
  'identified by a number': () => mixpanel.identify(4711),
};
const places = {
  'in a cookie': {},
  'in localStorage': { persistence: 'localStorage' },
  'under persistence_name': { persistence_name: 'our_site' },
  'under cookie_name': { cookie_name: 'our_site' },
};
for (const [who, login] of Object.entries(profiles)) {
  for (const [place, config] of Object.entries(places)) {
    test(`a visitor ${who}, ${place}: the same here, and the same after going back`, async () => {
      const { device, openOld, openOurs } = await openSite(config);
      const old = await openOld();
      await old.evaluate(() => {
        mixpanel.register({ kept: [1, { a: 'ä' }] });
        mixpanel.time_event('Timed');
      });
      await old.evaluate(login);
      const before = (await visitorOf(old, 'kept', 'plan', '__alias')).map((value) =>
        typeof value === 'number' ? String(value) : value,
      );
      await old.close();
      const ours = await openOurs();
      assert.deepEqual(await visitorOf(ours, 'kept', 'plan', '__alias'), before);
      await ours.evaluate(() => {
        mixpanel.register({ later: true });
        mixpanel.unregister('plan');
      });
      await ours.close();
      const back = await openOld();
      before[4] = null;
      assert.deepEqual(await visitorOf(back, 'kept', 'plan', '__alias', 'later'), [...before, true]);
      assert.equal(typeof (await back.evaluate(() => mixpanel.get_property('__timers').Timed)), 'number');
      assert.deepEqual(device.problems, []);
    });
  }
}

test('what a call changes is in the old place when it returns', async () => {
  for (const place of ['cookie', 'localStorage']) {
    const { token, openOurs } = await openSite({ persistence: place });
    const ours = await openOurs();
    const name = `mp_${token}_mixpanel`;
    const changes = await ours.evaluate(
      ([name, place]) => {
        const read = () => {
          const [, cookie] = document.cookie.split(`${name}=`);
          return JSON.parse(place === 'cookie' ? decodeURIComponent(cookie.split(';')[0]) : localStorage[name]);
        };
        const other = () => (place === 'cookie' ? localStorage[name] : document.cookie.split(`${name}=`)[1]);
        const results = [];
        mixpanel.register({ a: 1 });
        results.push(read().a);
        mixpanel.identify('jane');
        results.push(read().distinct_id, read().$user_id);
        mixpanel.unregister('a');
        results.push('a' in read());
        mixpanel.time_event('E');
        results.push(typeof read().__timers.E);
        mixpanel.people.set({ x: 1 });
        mixpanel.reset();
        results.push(Object.keys(read()).sort().slice(0, 3), other());
        return results;
      },
      [name, place],
    );
    const [keys, elsewhere] = changes.splice(5);
    assert.deepEqual(changes, [1, 'jane', 'jane', false, 'number']);
    assert.ok(keys.includes('$device_id'), keys);
    assert.equal(elsewhere, undefined);
  }
});

test('a record in the other place moves to the one that the site uses now', async () => {
  for (const [from, to] of [
    ['cookie', 'localStorage'],
    ['localStorage', 'cookie'],
  ]) {
    const { token, openOld, openOurs } = await openSite();
    const old = await openOld({ persistence: from });
    await old.evaluate(() => mixpanel.identify('jane'));
    await old.close();
    const ours = await openOurs({ persistence: to });
    assert.equal((await visitorOf(ours))[0], 'jane');
    assert.equal((await stored(ours, `mp_${token}_mixpanel`, to)).distinct_id, 'jane');
    assert.equal(await stored(ours, `mp_${token}_mixpanel`, from), undefined);
  }
});

test('a tab with each library open: each adopts what the other changes, and undoes nothing', async () => {
  for (const persistence of ['cookie', 'localStorage']) {
    const { token, collector, openOld, openOurs } = await openSite({ persistence });
    const old = await openOld();
    const ours = await openOurs();
    // A tab sees late what another has written to localStorage. Neither library has a lock, so that each waits until the other's tab has seen it.
    const settled = () =>
      until(async () => {
        const [left, right] = await Promise.all(
          [old, ours].map((page) => stored(page, `mp_${token}_mixpanel`, persistence)),
        );
        return JSON.stringify(left) === JSON.stringify(right);
      }, 'both tabs see the same');
    const inTab = async (page, action) => {
      await page.evaluate(action);
      await settled();
    };
    const [anonymous] = await visitorOf(old);
    assert.equal((await visitorOf(ours))[0], anonymous);
    await inTab(old, () => mixpanel.register({ fromOld: 1 }));
    await inTab(ours, () => mixpanel.register({ fromOurs: 1 }));
    await inTab(old, () => mixpanel.register({ second: 1 }));
    assert.deepEqual((await visitorOf(ours, 'fromOld', 'fromOurs', 'second')).slice(3), [1, 1, 1]);
    assert.deepEqual((await visitorOf(old, 'fromOld', 'fromOurs', 'second')).slice(3), [1, 1, 1]);
    await inTab(old, () => mixpanel.unregister('fromOurs'));
    assert.deepEqual((await visitorOf(ours, 'fromOurs')).slice(3), [null]);
    await inTab(old, () => mixpanel.identify('jane'));
    assert.deepEqual(await visitorOf(ours), await visitorOf(old));
    assert.equal((await visitorOf(ours))[0], 'jane');
    await inTab(ours, () => mixpanel.reset());
    const [second] = await visitorOf(ours);
    assert.notEqual(second, anonymous);
    assert.deepEqual(await visitorOf(old, 'fromOld'), [...(await visitorOf(ours)), null]);
    await inTab(old, () => mixpanel.reset());
    const [third] = await visitorOf(old);
    assert.notEqual(third, second);
    assert.equal((await visitorOf(ours))[0], third);
    // Also without a call, for what waits for the other tab: here an update that the old library's alias releases.
    if (persistence === 'localStorage') {
      await inTab(ours, () => mixpanel.people.set('city', 'Oslo'));
      await inTab(old, () => mixpanel.identify('jim'));
      await until(async () => (await collector.person(token, 'jim')).profile?.city === 'Oslo', 'the update is sent');
      await inTab(ours, () => mixpanel.reset());
    }
    await inTab(ours, () => mixpanel.identify('joe'));
    assert.deepEqual((await visitorOf(old, '$user_id')).slice(2), ['joe', 'joe']);
  }
});

test('events, an alias and updates that the old library could not send are delivered once, by one of two tabs', async () => {
  const { site } = environment;
  const { token, collector, openOld, openOurs } = await openSite();
  for (const endpoint of ['track', 'engage', 'groups'])
    site.answers[`/down/${endpoint}/`] = (_request, response) => response.writeHead(503).end();
  const old = await openOld({ api_host: `${site.url}/down` });
  await old.evaluate(() => {
    mixpanel.track('First', { n: 1 });
    mixpanel.alias('jane@example.com');
    mixpanel.people.increment('visits', 3);
    mixpanel.people.append('seen', 'a');
    mixpanel.get_group('company', 'acme').set({ size: 5 });
    mixpanel.track('Last', { emoji: '😀' });
  });
  // With the $identify that mixpanel-browser adds.
  await until(
    () => old.evaluate((token) => JSON.parse(localStorage[`__mpq_${token}_ev`] ?? '[]').length === 4, token),
    'the events are queued',
  );
  await until(
    () => old.evaluate((token) => /add.*append|append.*add/.test(localStorage[`__mpq_${token}_pp`]), token),
    'the updates are queued',
  );
  const [distinctID] = await visitorOf(old);
  const ids = await old.evaluate(
    (token) => JSON.parse(localStorage[`__mpq_${token}_ev`]).map(({ payload }) => payload.properties.$insert_id),
    token,
  );
  await old.close();
  const tabs = await Promise.all([openOurs(), openOurs()]);
  const events = await collector.stored(token, ids.length);
  for (const tab of tabs) {
    await until(
      () => tab.evaluate(() => !Object.keys(localStorage).some((key) => key.startsWith('__mpq_'))),
      'the queues are empty',
    );
    await until(() => tab.evaluate(() => mixpanel.flush()), 'all is delivered');
  }
  assert.deepEqual(events.map(({ properties }) => properties.$insert_id).sort(), ids.sort());
  assert.equal(events.find(({ event }) => event === 'Last').properties.emoji, '😀');
  assert.equal((await collector.person(token, 'jane@example.com')).person, distinctID);
  const { profile } = await collector.person(token, distinctID);
  assert.deepEqual([profile.visits, profile.seen], [3, ['a']]);
  await tabs[0].evaluate(() => {
    mixpanel.identify('jane@example.com');
    mixpanel.track('After');
    return mixpanel.flush();
  });
  const after = (await collector.events(token)).find(({ event }) => event === 'After');
  assert.equal(after.distinct_id, distinctID);
});

test('updates that a tab of the old library is about to send are left to it', async () => {
  const { token, collector, openOld, openOurs } = await openSite();
  const old = await openOld({ batch_flush_interval_ms: 1500 });
  await old.evaluate(() => {
    mixpanel.identify('jane');
    mixpanel.people.increment('visits');
    mixpanel.track('E');
  });
  const ours = await openOurs();
  await ours.evaluate(() => mixpanel.people.increment('visits'));
  await until(async () => (await collector.person(token, 'jane')).profile?.visits >= 2, 'both are applied');
  await new Promise((resolve) => setTimeout(resolve, 2500));
  assert.equal((await collector.person(token, 'jane')).profile.visits, 2);
  assert.equal((await collector.events(token)).filter(({ event }) => event === 'E').length, 1);
});

test('profile updates that wait in the record of an anonymous visitor are sent once they are known', async () => {
  const { token, collector, openOld, openOurs } = await openSite();
  const old = await openOld();
  await old.evaluate(() => {
    mixpanel.people.set({ city: 'Oslo' });
    mixpanel.people.set_once('first', 'yes');
    mixpanel.people.increment('visits', 2);
    mixpanel.people.append('seen', 'a');
    mixpanel.people.append('seen', 'b');
    mixpanel.people.union('tags', ['x']);
    mixpanel.people.unset('gone');
  });
  await old.close();
  const ours = await openOurs();
  await ours.evaluate(() => {
    mixpanel.people.increment('visits');
    mixpanel.identify('jane');
    return mixpanel.flush();
  });
  const { city, first, visits, seen, tags } = (await collector.person(token, 'jane')).profile;
  assert.deepEqual(
    { city, first, visits, seen, tags },
    { city: 'Oslo', first: 'yes', visits: 3, seen: ['a', 'b'], tags: ['x'] },
  );
});

test('super properties that do not fit in a cookie stay here, and the identity is in the cookie', async () => {
  const { token, openOld, openOurs } = await openSite();
  const ours = await openOurs();
  await ours.evaluate(() => {
    mixpanel.register({ large: 'ä'.repeat(4000), small: 1 });
    mixpanel.identify('jane');
  });
  const record = await stored(ours, `mp_${token}_mixpanel`);
  assert.deepEqual([record.distinct_id, record.small, record.large], ['jane', 1, undefined]);
  await ours.close();
  const old = await openOld();
  await old.evaluate(() => mixpanel.register({ small: 2 }));
  await old.close();
  const again = await openOurs();
  assert.deepEqual((await visitorOf(again, 'small')).slice(3), [2]);
  assert.equal(await again.evaluate(() => mixpanel.get_property('large').length), 4000);
});

test('with disable_persistence nothing is stored, and what was stored is removed', async () => {
  for (const option of ['disable_persistence', 'disable_cookie']) {
    const { token, collector, device, openOurs } = await openSite();
    const first = await openOurs();
    await first.evaluate(() => mixpanel.register({ a: 1 }));
    await first.close();
    const ours = await openOurs({ [option]: true });
    await ours.evaluate(() => {
      mixpanel.register({ b: 1 });
      mixpanel.identify('jane');
      mixpanel.track('E');
    });
    const left = () =>
      ours.evaluate(async (token) => {
        const copies = await new Promise((resolve) => {
          const opening = indexedDB.open('throughline');
          opening.onsuccess = () => {
            const all = opening.result.transaction('texts').objectStore('texts').getAllKeys();
            all.onsuccess = () => resolve(all.result);
          };
        });
        return [...Object.keys(localStorage), ...copies, ...document.cookie.split(';')].filter((key) =>
          key.includes(token),
        );
      }, token);
    await until(
      async () => !(await left()).length,
      'nothing is stored',
      () => '',
    );
    assert.deepEqual((await visitorOf(ours, 'b')).slice(2), ['jane', 1]);
    await ours.evaluate(() => mixpanel.flush());
    await collector.stored(token, 2);
    assert.deepEqual(await left(), []);
    await ours.close();
    const next = await openOurs({ [option]: true });
    assert.match((await visitorOf(next))[0], /^\$device:/);
    await next.evaluate(() => mixpanel.set_config({ disable_persistence: false }));
    assert.ok(await stored(next, `mp_${token}_mixpanel`));
    assert.deepEqual(device.problems, []);
  }
});

test('properties registered with persistent: false are sent with the events of this page only', async () => {
  const { token, collector, openOurs } = await openSite();
  const ours = await openOurs();
  await ours.evaluate(() => {
    mixpanel.register({ a: 'stored', b: 'stored' });
    mixpanel.register({ a: 'page', c: 'page' }, { persistent: false });
    mixpanel.register_once({ c: 'second', d: 'page' }, 'None', { persistent: false });
    mixpanel.unregister('b', { persistent: false });
    mixpanel.track('E');
    mixpanel.unregister('a', { persistent: false });
    mixpanel.track('F');
    return mixpanel.flush();
  });
  assert.equal((await visitorOf(ours, 'a', 'c'))[3], 'stored');
  await ours.close();
  const next = await openOurs();
  await next.evaluate(() => {
    mixpanel.track('G');
    return mixpanel.flush();
  });
  const events = await collector.stored(token, 3);
  const own = Object.fromEntries(
    events.map(({ event, properties: { a, b, c, d } }) => [event, [a, b, c ?? null, d ?? null]]),
  );
  assert.deepEqual(own, {
    E: ['page', 'stored', 'page', 'page'],
    F: ['stored', 'stored', 'page', 'page'],
    G: ['stored', 'stored', null, null],
  });
});

test('whoever removes the old cookie has a new visitor; whoever empties localStorage keeps theirs', async () => {
  const { token, openOurs } = await openSite();
  const ours = await openOurs();
  await ours.evaluate(() => mixpanel.identify('jane'));
  await ours.evaluate(() => localStorage.clear());
  assert.equal((await visitorOf(ours))[0], 'jane');
  await ours.close();
  const second = await openOurs();
  await second.evaluate(() => localStorage.clear());
  assert.equal((await visitorOf(second))[0], 'jane');
  const remove = (token) => {
    // biome-ignore lint/suspicious/noDocumentCookie: what sites do.
    document.cookie = `mp_${token}_mixpanel=; max-age=0; path=/`;
  };
  await second.evaluate(remove, token);
  const [next] = await visitorOf(second);
  assert.match(next, /^\$device:/);
  await second.close();
  const third = await openOurs();
  assert.equal((await visitorOf(third))[0], next);
  await third.evaluate(remove, token);
  await third.close();
  const fourth = await openOurs();
  assert.notEqual((await visitorOf(fourth))[0], next);
});
