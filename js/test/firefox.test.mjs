// The most important tests in Debian's Firefox: leaving a page, being offline, several tabs, blocked storage.

import assert from 'node:assert/strict';
import { assertOneVisitor, stepNames } from './harness/assertions.mjs';
import { test } from './harness/bounded-test.mjs';
import { until } from './harness/collector.mjs';
import { useEnvironment } from './harness/environment.mjs';
import { openFirefox } from './harness/firefox.mjs';
import { createVisitor, waitForDelivery } from './harness/visitor.mjs';

const environment = useEnvironment();
const counts = [1, 20, 500];
const firefox = (t, options) => createVisitor(environment, t, { launch: openFirefox, ...options });

/** Ways to leave a page: a script that runs in the same task as the tracking, or '' to close the tab. */
const ways = {
  link: "document.querySelector('a').click()",
  location: "location = document.querySelector('a').href",
  closed: '',
};

async function leave(page, mark, count, how) {
  const gone = how && page.waitForNavigation();
  await page.evaluate(`steps(${JSON.stringify(mark)}, ${count}); ${how}`);
  await gone;
  await page.close();
}

// A busy Firefox passes on what a tab stored in its last moment after the next page has begun, which hears of it by a storage event. Until then that page
// knows of nothing more to deliver.
async function deliverEverything(visitor) {
  await visitor.deliverAll();
  await visitor.waitForStored(everyWay.length);
}

const everyWay = Object.keys(ways).flatMap((way) => counts.flatMap((count) => stepNames(`${way}${count}-`, count)));

test(`leaving at once by a link, by location or by closing the tab loses nothing: ${counts} events each`, async (t) => {
  const visitor = await firefox(t);
  for (const [way, how] of Object.entries(ways))
    for (const count of counts) await leave(await visitor.ready(), `${way}${count}-`, count, how);
  await deliverEverything(visitor);
  assertOneVisitor(await visitor.assertStored(everyWay));
  assert.deepEqual(visitor.warnings, []);
});

test('leaving in any of these ways before the core runs loses nothing', async (t) => {
  const visitor = await firefox(t, { config: { wasm_url: '/held-in-firefox.wasm' } });
  environment.site.answers['/held-in-firefox.wasm'] = () => {};
  for (const [way, how] of Object.entries(ways))
    for (const count of counts) await leave(await visitor.open(), `${way}${count}-`, count, how);
  environment.site.answers['/held-in-firefox.wasm'] = (_request, response) =>
    response.writeHead(307, { Location: '/lib/throughline.wasm' }).end();
  await deliverEverything(visitor);
  assertOneVisitor(await visitor.assertStored(everyWay));
});

test('a page that is left sends its events without a further visit', async (t) => {
  const visitor = await firefox(t);
  await leave(await visitor.ready(), 'e', 20, ways.link);
  await visitor.waitForStored(20);
  assertOneVisitor(await visitor.assertStored(stepNames('e', 20)));
});

test('events tracked offline are delivered when online again, or at the next visit', async (t) => {
  const visitor = await firefox(t);
  const page = await visitor.ready();
  await page.setOfflineMode(true);
  await page.evaluate(() => steps('stay', 50));
  assert.equal(await page.evaluate(() => throughline.flush()), false);
  await page.setOfflineMode(false);
  await visitor.waitForStored(50);
  await page.setOfflineMode(true);
  await page.evaluate(() => steps('leave', 50));
  await page.close();
  await visitor.deliverAll();
  assertOneVisitor(await visitor.assertStored([...stepNames('stay', 50), ...stepNames('leave', 50)]));
});

test('two tabs opened at once on a new profile are one visitor, 10 times', async (t) => {
  const visitor = await firefox(t);
  for (let round = 0; round < 10; round++) {
    const { token, url, open, close } = await visitor.newVisitor();
    const pages = await Promise.all([open(url), open(url)]);
    await Promise.all(pages.map((page, tab) => page.evaluate((tab) => steps(`${tab}-`, 3), tab)));
    await Promise.all(pages.map((page) => page.evaluate(() => throughline.ready)));
    await Promise.all(pages.map(waitForDelivery));
    const events = await visitor.assertStored([...stepNames('0-', 3), ...stepNames('1-', 3)], token);
    const ids = await Promise.all(pages.map((page) => page.evaluate(() => throughline.get_distinct_id())));
    assert.deepEqual([...new Set(ids)], [assertOneVisitor(events)]);
    await close();
  }
});

test('super properties that two tabs register at the same time are both kept', async (t) => {
  const visitor = await firefox(t);
  const pages = [await visitor.ready(), await visitor.ready()];
  await Promise.all(
    pages.map((page, tab) => page.evaluate((tab) => throughline.register({ [`tab${tab}`]: tab }), tab)),
  );
  for (const page of pages)
    await until(
      () => page.evaluate(() => throughline.get_property('tab0') === 0 && throughline.get_property('tab1') === 1),
      'both are known',
    );
});

test('with blocked storage, events are sent, also when the page is left', async (t) => {
  const visitor = await firefox(t, { device: { preferences: { 'network.cookie.cookieBehavior': 2 } } });
  const page = await visitor.ready();
  assert.equal(
    await page.evaluate(() => {
      try {
        return !localStorage;
      } catch {
        return true;
      }
    }),
    true,
  );
  await page.evaluate(() => steps('stay', 50));
  await waitForDelivery(page);
  const { warnings } = page;
  assert.deepEqual(
    warnings.map((text) => text.match(/\[(.*?)\]/)[1]),
    ['storage_unavailable'],
  );
  await leave(page, 'leave', 50, ways.link);
  await visitor.waitForStored(100);
  assertOneVisitor(await visitor.assertStored([...stepNames('stay', 50), ...stepNames('leave', 50)]));
});
