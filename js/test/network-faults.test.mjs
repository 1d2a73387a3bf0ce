// Network faults of every kind while the page stays open: every event is stored exactly once.

import assert from 'node:assert/strict';
import { describe } from 'node:test';
import { assertOneVisitor, stepNames } from './harness/assertions.mjs';
import { test } from './harness/bounded-test.mjs';
import { until } from './harness/collector.mjs';
import { useEnvironment } from './harness/environment.mjs';
import { dropAnswer, neverAnswer, pass, reset, status } from './harness/faulty-proxy.mjs';
import { scriptTag } from './harness/site.mjs';
import { createVisitor, stepsScript, waitForDelivery } from './harness/visitor.mjs';

const environment = useEnvironment();
const hundred = stepNames('e', 100);

/** Returns a rule that gives this answer to the first requests and lets all others pass. */
const atFirst = (count, answer) => (request) => (request.number < count ? answer : pass);

// Concurrent, because these tests mostly wait for a retry.
describe('network faults', { concurrency: 3 }, () => {
  test('events are delivered when a collector that was down is back', async (t) => {
    const visitor = await createVisitor(environment, t);
    await visitor.proxy.down();
    const page = await visitor.ready();
    await page.evaluate(() => steps('e', 60));
    assert.equal(await page.evaluate(() => throughline.flush()), false);
    await page.evaluate(() => steps('late', 40));
    await visitor.proxy.up();
    await visitor.waitForStored(100);
    assertOneVisitor(await visitor.assertStored([...stepNames('e', 60), ...stepNames('late', 40)]));
    assert.deepEqual(page.warnings, []);
  });

  for (const [what, rule] of [
    ['answers 503 for a while', atFirst(3, status(503))],
    ['answers 503 as a load balancer does, unreadable to the page', atFirst(3, status(503, {}, { opaque: true }))],
    ['breaks connections for a while', atFirst(3, reset)],
    ['loses answers after the commit for a while', atFirst(3, dropAnswer)],
    ['loses every second answer', ({ number }) => (number % 2 ? pass : dropAnswer)],
  ]) {
    test(`a network that ${what} loses nothing`, async (t) => {
      const visitor = await createVisitor(environment, t, { config: { batch_size: 20 } });
      visitor.proxy.rule = rule;
      const page = await visitor.ready();
      await page.evaluate(() => steps('e', 100));
      await visitor.waitForStored(100);
      await waitForDelivery(page);
      assertOneVisitor(await visitor.assertStored(hundred));
      assert.ok(visitor.proxy.requests.some(({ action }) => action !== 'pass'));
      assert.deepEqual(page.warnings, []);
    });
  }

  test('after 429 with Retry-After no tab sends anything before that time', async (t) => {
    const visitor = await createVisitor(environment, t);
    const times = [];
    visitor.proxy.rule = ({ number }) => {
      times.push(Date.now());
      return number ? pass : status(429, { 'Retry-After': '4' });
    };
    const page = await visitor.ready();
    await page.evaluate(() => steps('e', 60));
    await until(() => times.length === 1, 'the first request');
    const tab = await visitor.ready();
    await tab.evaluate(() => steps('tab', 40));
    for (const each of [page, tab]) await each.evaluate(() => throughline.flush());
    await visitor.waitForStored(100);
    await waitForDelivery(page);
    assertOneVisitor(await visitor.assertStored([...stepNames('e', 60), ...stepNames('tab', 40)]));
    assert.ok(times[1] - times[0] >= 4000, `asked to wait 4000 ms, waited ${times[1] - times[0]}`);
  });

  test('after 413 a batch is sent in smaller parts', async (t) => {
    const visitor = await createVisitor(environment, t);
    visitor.proxy.rule = ({ events }) => (events.length > 7 ? status(413) : pass);
    const page = await visitor.ready();
    await page.evaluate(() => steps('e', 100));
    await visitor.waitForStored(100);
    await waitForDelivery(page);
    assertOneVisitor(await visitor.assertStored(hundred));
    assert.deepEqual(page.warnings, []);
  });

  for (const [who, answer] of [
    ['says nothing about it', status(400)],
    ['says no more than 0', status(200, {}, { body: '0' })],
  ]) {
    test(`after 400, one invalid event among 50 is dropped, with a collector that ${who}`, async (t) => {
      const visitor = await createVisitor(environment, t);
      const poisoned = ({ events }) => events.some(({ properties }) => properties.n === 'e23');
      visitor.proxy.rule = (request) => (poisoned(request) ? answer : pass);
      const page = await visitor.ready();
      await page.evaluate(() => steps('e', 50));
      await visitor.waitForStored(50);
      await waitForDelivery(page);
      const events = await visitor.stored();
      const [droppedEvent, ...more] = events.filter(({ event }) => event === '$dropped');
      assert.deepEqual(more, []);
      assert.equal(droppedEvent.properties.event_rejected, 1);
      visitor.assertStoredEvents(
        events.filter((event) => event !== droppedEvent),
        stepNames('e', 50).filter((n) => n !== 'e23'),
      );
      assertOneVisitor(events);
      assert.equal(page.warnings.length, 1);
      assert.match(page.warnings[0], /event_rejected/);
      assert.deepEqual(await page.evaluate(() => throughline.get_property('$dropped')), { event_rejected: 1 });
    });
  }

  const nothingTaken = {
    ...Object.fromEntries(
      [301, 302, 303].map((code) => [
        `a redirect ${code}, which makes a GET of what is posted`,
        ({ body }) => (body ? status(code, { Location: '/track/?verbose=1&moved' }) : pass),
      ]),
    ),
    'a proxy that empties the body': () => status(400, {}, { body: '{"status":0,"error":"data, missing or empty"}' }),
    'a proxy that says no more than 0': () => status(200, {}, { body: '0' }),
    'a refusal of the request as a whole': () =>
      status(400, {}, { body: '{"status":0,"error":"the body is no form","refused":"request"}' }),
    'a refusal of any size': () => status(413),
  };
  for (const [what, rule] of Object.entries(nothingTaken)) {
    for (const count of [1, 50]) {
      test(`${what}: ${count} events and an alias are kept, with one warning`, async (t) => {
        const visitor = await createVisitor(environment, t);
        visitor.proxy.rule = rule;
        const page = await visitor.ready();
        await page.evaluate((count) => {
          steps('e', count);
          throughline.alias('U');
        }, count);
        for (let n = 0; n < 6; n++) await page.evaluate(() => throughline.flush());
        assert.deepEqual(await page.evaluate(() => throughline.get_property('$dropped')), {});
        assert.deepEqual(
          page.warnings.map((text) => text.match(/\[(.*?)\]/)[1]),
          ['collector_misanswered'],
        );
        assert.deepEqual(await visitor.stored(), []);
        visitor.proxy.rule = () => pass;
        await waitForDelivery(page);
        const events = await visitor.stored();
        visitor.assertStoredEvents(
          events.filter(({ event }) => event !== '$create_alias'),
          stepNames('e', count),
        );
        assert.equal(events.length, count + 1);
      });
    }
  }

  for (const code of [307, 308]) {
    test(`a redirect with ${code}, which repeats the POST, is followed`, async (t) => {
      const visitor = await createVisitor(environment, t);
      let first = true;
      visitor.proxy.rule = () => {
        first = !first;
        return first ? pass : status(code, { Location: '/track/?verbose=1&moved' });
      };
      const page = await visitor.ready();
      await page.evaluate(() => steps('e', 20));
      await waitForDelivery(page);
      assertOneVisitor(await visitor.assertStored(stepNames('e', 20)));
      assert.deepEqual(page.warnings, []);
    });
  }

  test('a Content-Security-Policy that forbids the collector gives a warning, and loses no event', async (t) => {
    const visitor = await createVisitor(environment, t);
    const url = environment.site.page(
      `/${visitor.token}/policy.html`,
      `${scriptTag(visitor.token, { api_host: visitor.proxy.url })}${stepsScript}`,
      { 'Content-Security-Policy': "connect-src 'self'" },
    );
    const page = await visitor.ready(url);
    await page.evaluate(() => steps('e', 20));
    await until(() => page.warnings.length > 0, 'a warning');
    assert.equal(await page.evaluate(() => throughline.flush()), false);
    assert.equal(page.warnings.length, 1);
    assert.match(page.warnings[0], /collector_unreachable\].*http:\/\/127.*Content-Security-Policy/);
    await page.close();
    await visitor.deliverAll();
    assertOneVisitor(await visitor.assertStored(stepNames('e', 20)));
  });

  test('a collector that is never reached gives one warning, after a while', async (t) => {
    const visitor = await createVisitor(environment, t);
    await visitor.proxy.down();
    const page = await visitor.ready();
    await page.evaluate(() => steps('e', 20));
    await page.waitForTimeout(5000);
    assert.deepEqual(page.warnings, [], 'a short failure gives no warning');
    await until(() => page.warnings.length > 0, 'a warning', undefined, 90);
    assert.match(page.warnings[0], /collector_unreachable\].*Failed to fetch/);
    await visitor.proxy.up();
    await waitForDelivery(page);
    assertOneVisitor(await visitor.assertStored(stepNames('e', 20)));
    assert.equal(page.warnings.length, 1);
  });

  test('an api_host without a scheme is used as a host, with a warning', async (t) => {
    const visitor = await createVisitor(environment, t);
    const page = await visitor.ready(
      visitor.page('bare.html', '', { api_host: visitor.proxy.url.replace('http://', '') }),
    );
    await page.evaluate(() => steps('e', 20));
    await waitForDelivery(page);
    assertOneVisitor(await visitor.assertStored(stepNames('e', 20)));
    assert.equal(page.warnings.length, 1, page.warnings.join());
    assert.match(page.warnings[0], /bad_option\] The option api_host .*without a scheme it is taken as http:\/\/127/);
  });

  test('a request that is never answered is repeated', async (t) => {
    const visitor = await createVisitor(environment, t);
    visitor.proxy.rule = atFirst(1, neverAnswer);
    const page = await visitor.ready();
    await page.evaluate(() => steps('e', 50));
    await until(() => visitor.proxy.requests.length > 1, 'the second try', undefined, 60);
    await visitor.waitForStored(50);
    await visitor.assertStored(stepNames('e', 50));
  });

  test('the events of a request that is never answered are delivered at the next visit', async (t) => {
    const visitor = await createVisitor(environment, t);
    visitor.proxy.rule = () => neverAnswer;
    const page = await visitor.ready();
    await page.evaluate(() => steps('e', 50));
    await until(() => visitor.proxy.requests.length > 0, 'the request that is never answered');
    await page.close();
    visitor.proxy.rule = () => pass;
    await visitor.deliverAll();
    assertOneVisitor(await visitor.assertStored(stepNames('e', 50)));
  });

  test('events tracked offline are delivered when online again', async (t) => {
    const visitor = await createVisitor(environment, t);
    const page = await visitor.ready();
    await visitor.device.context.setOffline(true);
    await page.evaluate(() => steps('e', 50));
    assert.equal(await page.evaluate(() => throughline.flush()), false);
    await visitor.device.context.setOffline(false);
    await visitor.waitForStored(50);
    assertOneVisitor(await visitor.assertStored(stepNames('e', 50)));
    assert.deepEqual(page.warnings, []);
  });

  test('events of a page that was left offline are delivered at the next visit', async (t) => {
    const visitor = await createVisitor(environment, t);
    const page = await visitor.ready();
    await visitor.device.context.setOffline(true);
    await page.evaluate(() => steps('e', 50));
    await page.close();
    await visitor.device.context.setOffline(false);
    await visitor.deliverAll();
    assertOneVisitor(await visitor.assertStored(stepNames('e', 50)));
  });
});
