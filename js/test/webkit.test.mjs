// The most important tests in Debian's WebKitGTK, the engine of Safari: the main path, reloading, leaving a page with events, several tabs,
// blocked storage, and a collector that is down for a while.

import assert from 'node:assert/strict';
import { after } from 'node:test';
import { assertExactlyOnce, assertOneVisitor, stepEvents, stepNames } from './harness/assertions.mjs';
import { test } from './harness/bounded-test.mjs';
import { until } from './harness/collector.mjs';
import { useEnvironment } from './harness/environment.mjs';
import { pass, startFaultyProxy, status } from './harness/faulty-proxy.mjs';
import { before } from './harness/ordered-hooks.mjs';
import { scriptTag } from './harness/site.mjs';
import { stepsScript } from './harness/visitor.mjs';
import { collectProblems, openWebKit } from './harness/webkit.mjs';

const environment = useEnvironment();
let laptop;
let phone;
before(async () => {
  [laptop, phone] = await Promise.all([openWebKit(), openWebKit()]);
});
after(() => Promise.all([laptop, phone].map((device) => device?.close())));

/** Returns the address of a page of a new project, and the project's token. */
function newPage({ host = environment.collector.url, script = '', html = '' } = {}) {
  const token = environment.token();
  const tag = scriptTag(token, { api_host: host }, `${collectProblems}${script}`);
  environment.site.page(`/${token}/away.html`, 'away');
  const url = environment.site.page(`/${token}/shop.html`, `${tag}${stepsScript}<a href="away.html">away</a>${html}`);
  return { token, url, away: url.replace('shop', 'away') };
}

const ready = async (device, url) => {
  const page = await device.open(url);
  assert.equal(await page.evaluate(() => throughline.ready), true);
  return page;
};

const storedSteps = async (token, expected) => {
  const events = await environment.collector.stored(token, expected.length);
  assertExactlyOnce(stepEvents(events), expected);
  return events;
};

function assertNoProblems() {
  for (const device of [laptop, phone]) assert.deepEqual(device.problems, []);
}

test('one person from anonymous visitor through sign-up and login to the next device', async () => {
  const { token, url } = newPage();
  const page = await ready(laptop, url);
  const d1 = await page.evaluate(async () => {
    throughline.track('Item Viewed', { item: 7 });
    throughline.alias('U');
    throughline.identify('U');
    throughline.track('Item Bought');
    await throughline.flush();
    return throughline.get_distinct_id();
  });
  assert.match(d1, /^\$device:/);
  await page.reload();
  assert.equal(await page.evaluate(() => throughline.get_distinct_id()), d1);

  const other = await ready(phone, url);
  const [d2, u] = await other.evaluate(async () => {
    const anonymous = throughline.get_distinct_id();
    throughline.identify('U');
    throughline.track('Item Rated');
    await throughline.flush();
    return [anonymous, throughline.get_distinct_id()];
  });
  assert.equal(u, 'U');
  assert.notEqual(d2, d1);
  const events = await environment.collector.stored(token, 6);
  for (const name of ['Item Viewed', 'Item Bought', 'Item Rated'])
    assert.equal(events.find(({ event }) => event === name).person, d1, name);

  const d3 = await page.evaluate(async () => {
    await throughline.ready;
    throughline.reset();
    throughline.track('Somebody Else');
    await throughline.flush();
    return throughline.get_distinct_id();
  });
  assert.notEqual(d3, d1);
  const later = await environment.collector.events(token);
  assert.equal(later.find(({ event }) => event === 'Somebody Else').person, d3);
  assert.deepEqual([...(await page.warnings()), ...(await other.warnings())], []);
  await page.close();
  await other.close();
  assertNoProblems();
});

test('leaving by a link, by location or by closing the tab loses nothing, before the core runs too', async () => {
  const { token, url, away } = newPage();
  const ways = {
    link: "document.querySelector('a').click()",
    location: "location = document.querySelector('a').href",
    closed: '',
  };
  const expected = [];
  for (const open of [ready, (device, address) => device.open(address)])
    for (const [way, how] of Object.entries(ways)) {
      const mark = `${way}${expected.length}-`;
      const page = await open(laptop, url);
      await page.evaluate(`steps('${mark}', 50); ${how}`);
      if (how) await page.waitForURL(away);
      await page.close();
      expected.push(...stepNames(mark, 50));
    }
  const last = await ready(laptop, url);
  await until(() => last.evaluate(() => throughline.flush()), 'everything is acknowledged');
  assertOneVisitor(await storedSteps(token, expected));
  assert.deepEqual(await last.warnings(), []);
  await last.close();
  assertNoProblems();
});

test('two tabs opened at once by a new visitor are one visitor, 5 times', async () => {
  for (let round = 0; round < 5; round++) {
    const { token, url, away } = newPage();
    const tabs = await laptop.openAtOnce(away, url, 2);
    for (const [n, tab] of tabs.entries()) await tab.evaluate(`steps('${n}-', 3)`);
    for (const tab of tabs) {
      assert.equal(await tab.evaluate(() => throughline.ready), true);
      await until(() => tab.evaluate(() => throughline.flush()), 'everything is acknowledged');
    }
    const visitor = assertOneVisitor(await storedSteps(token, [...stepNames('0-', 3), ...stepNames('1-', 3)]));
    for (const tab of tabs) {
      assert.equal(await tab.evaluate(() => throughline.get_distinct_id()), visitor);
      await tab.close();
    }
  }
  assertNoProblems();
});

test('blocked storage: events are sent, with one warning', async () => {
  const { token, url } = newPage({
    script: `Object.defineProperty(window, 'localStorage', { get() { throw new DOMException('blocked', 'SecurityError'); } });
      Object.defineProperty(window, 'indexedDB', { value: undefined });`,
  });
  const page = await ready(laptop, url);
  await page.evaluate("steps('e', 5); await throughline.flush()");
  await storedSteps(token, stepNames('e', 5));
  const warnings = await page.warnings();
  assert.equal(warnings.length, 1);
  assert.match(warnings[0], /storage_unavailable/);
  await page.close();
  assertNoProblems();
});

test('a collector that is down for a while loses nothing', async (t) => {
  const proxy = await startFaultyProxy(environment.collector.url);
  t.after(() => proxy.stop());
  proxy.rule = () => status(503);
  const { token, url } = newPage({ host: proxy.url });
  const page = await ready(laptop, url);
  await page.evaluate("steps('down', 20)");
  assert.equal(await page.evaluate(() => throughline.flush()), false);
  await page.evaluate("steps('left', 20)");
  await page.close();
  assert.equal((await environment.collector.events(token)).length, 0);
  proxy.rule = () => pass;
  const next = await ready(laptop, url);
  await until(() => next.evaluate(() => throughline.flush()), 'everything is acknowledged');
  assertOneVisitor(await storedSteps(token, [...stepNames('down', 20), ...stepNames('left', 20)]));
  await next.close();
  assertNoProblems();
});
