// Profiles of people and groups: from the page's call to what the collector has made of it.

import assert from 'node:assert/strict';
import { test } from './harness/bounded-test.mjs';
import { until } from './harness/collector.mjs';
import { useEnvironment } from './harness/environment.mjs';
import { scriptTag } from './harness/site.mjs';

const environment = useEnvironment();

/** Opens a page, and returns it with functions that read profiles. */
async function openPage(device) {
  const { collector, site } = environment;
  const token = environment.token();
  const url = site.page(`/${token}.html`, scriptTag(token, { api_host: collector.url }));
  const visitor = device ?? (await environment.device());
  const group = (key, id) =>
    fetch(`${collector.url}/api/group?token=${token}&group_key=${key}&group_id=${id}`).then((answer) => answer.json());
  return {
    visitor,
    url,
    token,
    page: await visitor.open(url),
    profile: async (id) => (await collector.person(token, id)).profile,
    group: async (key, id) => (await group(key, id)).profile,
  };
}

const flush = (page) => page.evaluate(async () => (await throughline.ready) && throughline.flush());

test('updates wait for identify, across page loads, and reach the profile of the person', async () => {
  const { page, profile } = await openPage();
  await page.evaluate(() => {
    throughline.people.set({ plan: 'free', city: 'Oslo' });
    throughline.people.increment('visits');
    throughline.people.append('seen', 'a');
  });
  assert.equal(await flush(page), true);
  await page.reload();
  await page.evaluate(() => {
    throughline.people.set('plan', 'pro');
    throughline.people.increment({ visits: 2 });
    throughline.people.append('seen', 'b');
    throughline.people.set_once('plan', 'ignored');
    throughline.people.union('tags', ['x', 'y']);
    throughline.people.unset('city');
  });
  const anonymous = await page.evaluate(async () => (await throughline.ready) && throughline.get_distinct_id());
  assert.equal(await flush(page), true);
  assert.deepEqual((await profile(anonymous)) ?? {}, {}, 'nothing is sent for a stranger');
  await page.evaluate(() => throughline.identify('U'));
  assert.equal(await flush(page), true);
  const { $os, $browser, $browser_version, ...own } = await profile('U');
  assert.deepEqual(own, { plan: 'pro', visits: 3, seen: ['a', 'b'], tags: ['x', 'y'] });
  assert.ok($os && $browser && $browser_version);
  await page.evaluate(() => {
    throughline.people.remove('tags', 'x');
    throughline.people.delete_user();
    throughline.people.set('plan', 'new');
  });
  assert.equal(await flush(page), true);
  assert.equal((await profile('U')).plan, 'new');
  assert.equal((await profile('U')).visits, undefined, 'deleted before, in order');
});

test('groups: membership, profile and events', async () => {
  const { page, profile, group, token } = await openPage();
  const answers = await page.evaluate(async () => {
    await throughline.ready;
    throughline.identify('U');
    throughline.set_group('company', 'acme');
    throughline.add_group('company', 'apex');
    throughline.remove_group('company', 'acme');
    throughline.get_group('company', 'apex').set({ size: 3 });
    throughline.get_group('company', 'apex').union('tags', ['big']);
    throughline.track('Bought');
    throughline.track_with_groups('Sold', { price: 5 }, { team: 'blue' });
    return [throughline.get_property('company'), throughline.people.set('a', 1)];
  });
  assert.deepEqual(answers[0], ['apex']);
  assert.equal(answers[1].$distinct_id, 'U', 'the page gets the record');
  assert.equal(await flush(page), true);
  assert.deepEqual((await profile('U')).company, ['apex']);
  assert.deepEqual(await group('company', 'apex'), { size: 3, tags: ['big'] });
  const events = await environment.collector.stored(token, 3);
  assert.deepEqual(
    events.slice(-2).map(({ event, properties }) => [event, properties.company, properties.team]),
    [
      ['Bought', ['apex'], undefined],
      ['Sold', ['apex'], 'blue'],
    ],
  );
});

test('updates survive a killed page and an unreachable collector, and increments count once', async () => {
  const { visitor, page, url, profile } = await openPage();
  await page.evaluate(async () => {
    await throughline.ready;
    throughline.identify('U');
    await throughline.flush();
  });
  await environment.collector.kill();
  await page.evaluate(() => {
    throughline.people.set('plan', 'pro');
    throughline.people.increment('n', 5);
    throughline.get_group('company', 'acme').set('size', 3);
  });
  await page.close();
  await environment.collector.start();
  const next = await visitor.open(url);
  assert.equal(await flush(next), true);
  const { plan, n } = await profile('U');
  assert.deepEqual([plan, n], ['pro', 5]);
});

test('what is set reaches the collector when the page is left, and an increment at the next visit, once', async () => {
  const { visitor, page, url, profile } = await openPage();
  await page.evaluate(async () => {
    await throughline.ready;
    throughline.identify('U');
    await throughline.flush();
  });
  await page.evaluate(() => {
    throughline.people.set('plan', 'pro');
    throughline.people.increment('n');
    location.href = 'about:blank';
  });
  await until(async () => (await profile('U'))?.plan === 'pro', 'the update of a page that was left');
  const next = await visitor.open(url);
  assert.equal(await flush(next), true);
  await until(
    async () => (await profile('U')).n === 1,
    'the increment',
    async () => JSON.stringify(await profile('U')),
  );
});

test('an opt-out forgets updates that wait', async () => {
  const { page, profile } = await openPage();
  await page.evaluate(async () => {
    await throughline.ready;
    throughline.people.set('before', 1);
    throughline.opt_out_tracking();
    throughline.people.set('during', 1);
    throughline.opt_in_tracking();
    throughline.people.set('after', 1);
    throughline.identify('U');
  });
  assert.equal(await flush(page), true);
  const { before, during, after } = await profile('U');
  assert.deepEqual([before, during, after], [undefined, undefined, 1]);
});
