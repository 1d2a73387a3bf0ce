// The line to the collector fails in every way while the page stays: whatever was tracked is stored exactly once.

import assert from 'node:assert/strict';
import { describe } from 'node:test';
import { oneVisitor, sequence } from './harness/accounting.mjs';
import { until } from './harness/collector.mjs';
import { loseAnswer, never, pass, reset, status } from './harness/flaky.mjs';
import { scriptTag } from './harness/site.mjs';
import { test } from './harness/test.mjs';
import { delivered, stepper, visitorOf } from './harness/visitor.mjs';
import { useWorld } from './harness/world.mjs';

const world = useWorld();
const hundred = sequence('e', 100);

/** Fails the first requests, then lets all pass. */
const atFirst = (count, how) => (request) => (request.number < count ? how : pass);

// Most of each test is waiting for a retry.
describe('a line that fails', { concurrency: 3 }, () => {
  test('a collector that is down at first and back later', async (t) => {
    const visitor = await visitorOf(world, t);
    await visitor.line.down();
    const page = await visitor.ready();
    await page.evaluate(() => steps('e', 60));
    assert.equal(await page.evaluate(() => throughline.flush()), false);
    await page.evaluate(() => steps('late', 40));
    await visitor.line.up();
    await visitor.reaches(100);
    oneVisitor(await visitor.account([...sequence('e', 60), ...sequence('late', 40)]));
    assert.deepEqual(page.warnings, []);
  });

  for (const [what, rule] of [
    ['answers 503 for a while', atFirst(3, status(503))],
    ['answers 503 as a load balancer does, unreadable to the page', atFirst(3, status(503, {}, { opaque: true }))],
    ['breaks connections for a while', atFirst(3, reset)],
    ['loses answers after the commit for a while', atFirst(3, loseAnswer)],
    ['loses every second answer', ({ number }) => (number % 2 ? pass : loseAnswer)],
  ]) {
    test(`a line that ${what}`, async (t) => {
      const visitor = await visitorOf(world, t, { config: { batch_size: 20 } });
      visitor.line.rule = rule;
      const page = await visitor.ready();
      await page.evaluate(() => steps('e', 100));
      await visitor.reaches(100);
      await delivered(page);
      oneVisitor(await visitor.account(hundred));
      assert.ok(visitor.line.requests.some(({ how }) => how !== 'pass'));
      assert.deepEqual(page.warnings, []);
    });
  }

  test('429 with Retry-After: nothing is sent before its time, by no tab', async (t) => {
    const visitor = await visitorOf(world, t);
    const times = [];
    visitor.line.rule = ({ number }) => {
      times.push(Date.now());
      return number ? pass : status(429, { 'Retry-After': '4' });
    };
    const page = await visitor.ready();
    await page.evaluate(() => steps('e', 60));
    await until(() => times.length === 1, 'the first request');
    const tab = await visitor.ready();
    await tab.evaluate(() => steps('tab', 40));
    for (const each of [page, tab]) await each.evaluate(() => throughline.flush());
    await visitor.reaches(100);
    await delivered(page);
    oneVisitor(await visitor.account([...sequence('e', 60), ...sequence('tab', 40)]));
    assert.ok(times[1] - times[0] >= 4000, `asked to wait 4000 ms, waited ${times[1] - times[0]}`);
  });

  test('413: what is too large together goes in parts', async (t) => {
    const visitor = await visitorOf(world, t);
    visitor.line.rule = ({ events }) => (events.length > 7 ? status(413) : pass);
    const page = await visitor.ready();
    await page.evaluate(() => steps('e', 100));
    await visitor.reaches(100);
    await delivered(page);
    oneVisitor(await visitor.account(hundred));
    assert.deepEqual(page.warnings, []);
  });

  for (const [who, answer] of [
    ['says nothing about it', status(400)],
    ['says no more than 0', status(200, {}, { body: '0' })],
  ]) {
    test(`400: one poisoned event among 50 is set aside, by a collector that ${who}`, async (t) => {
      const visitor = await visitorOf(world, t);
      const poisoned = ({ events }) => events.some(({ properties }) => properties.n === 'e23');
      visitor.line.rule = (request) => (poisoned(request) ? answer : pass);
      const page = await visitor.ready();
      await page.evaluate(() => steps('e', 50));
      await visitor.reaches(50);
      await delivered(page);
      const events = await visitor.stored();
      const [told, ...more] = events.filter(({ event }) => event === '$dropped');
      assert.deepEqual(more, []);
      assert.equal(told.properties.event_rejected, 1);
      visitor.accountOf(
        events.filter((event) => event !== told),
        sequence('e', 50).filter((n) => n !== 'e23'),
      );
      oneVisitor(events);
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
      test(`${what}: ${count} events and an alias are kept, and it is said once`, async (t) => {
        const visitor = await visitorOf(world, t);
        visitor.line.rule = rule;
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
        visitor.line.rule = () => pass;
        await delivered(page);
        const events = await visitor.stored();
        visitor.accountOf(
          events.filter(({ event }) => event !== '$create_alias'),
          sequence('e', count),
        );
        assert.equal(events.length, count + 1);
      });
    }
  }

  for (const code of [307, 308]) {
    test(`a redirect ${code} keeps what is posted, and delivers`, async (t) => {
      const visitor = await visitorOf(world, t);
      let first = true;
      visitor.line.rule = () => {
        first = !first;
        return first ? pass : status(code, { Location: '/track/?verbose=1&moved' });
      };
      const page = await visitor.ready();
      await page.evaluate(() => steps('e', 20));
      await delivered(page);
      oneVisitor(await visitor.account(sequence('e', 20)));
      assert.deepEqual(page.warnings, []);
    });
  }

  test('a Content-Security-Policy that does not list the collector is named in a warning, and costs no event', async (t) => {
    const visitor = await visitorOf(world, t);
    const url = world.site.page(
      `/${visitor.token}/policy.html`,
      `${scriptTag(visitor.token, { api_host: visitor.line.url })}${stepper}`,
      { 'Content-Security-Policy': "connect-src 'self'" },
    );
    const page = await visitor.ready(url);
    await page.evaluate(() => steps('e', 20));
    await until(() => page.warnings.length > 0, 'a warning');
    assert.equal(await page.evaluate(() => throughline.flush()), false);
    assert.equal(page.warnings.length, 1);
    assert.match(page.warnings[0], /collector_unreachable\].*http:\/\/127.*Content-Security-Policy/);
    await page.close();
    await visitor.settle();
    oneVisitor(await visitor.account(sequence('e', 20)));
  });

  test('a collector that is never reached: one warning, after a while', async (t) => {
    const visitor = await visitorOf(world, t);
    await visitor.line.down();
    const page = await visitor.ready();
    await page.evaluate(() => steps('e', 20));
    await page.waitForTimeout(5000);
    assert.deepEqual(page.warnings, [], 'a line may be gone for a moment');
    await until(() => page.warnings.length > 0, 'a warning', undefined, 90);
    assert.match(page.warnings[0], /collector_unreachable\].*Failed to fetch/);
    await visitor.line.up();
    await delivered(page);
    oneVisitor(await visitor.account(sequence('e', 20)));
    assert.equal(page.warnings.length, 1);
  });

  test('an api_host without a scheme is taken for a host, with a warning', async (t) => {
    const visitor = await visitorOf(world, t);
    const page = await visitor.ready(
      visitor.page('bare.html', '', { api_host: visitor.line.url.replace('http://', '') }),
    );
    await page.evaluate(() => steps('e', 20));
    await delivered(page);
    oneVisitor(await visitor.account(sequence('e', 20)));
    assert.equal(page.warnings.length, 1, page.warnings.join());
    assert.match(page.warnings[0], /bad_option\] The option api_host .*without a scheme it is taken as http:\/\/127/);
  });

  test('answers that never come: the page asks again', async (t) => {
    const visitor = await visitorOf(world, t);
    visitor.line.rule = atFirst(1, never);
    const page = await visitor.ready();
    await page.evaluate(() => steps('e', 50));
    await until(() => visitor.line.requests.length > 1, 'the second try', undefined, 60);
    await visitor.reaches(50);
    await visitor.account(sequence('e', 50));
  });

  test('answers that never come: the next visit delivers', async (t) => {
    const visitor = await visitorOf(world, t);
    visitor.line.rule = () => never;
    const page = await visitor.ready();
    await page.evaluate(() => steps('e', 50));
    await until(() => visitor.line.requests.length > 0, 'the request that is never answered');
    await page.close();
    visitor.line.rule = () => pass;
    await visitor.settle();
    oneVisitor(await visitor.account(sequence('e', 50)));
  });

  test('offline and back', async (t) => {
    const visitor = await visitorOf(world, t);
    const page = await visitor.ready();
    await visitor.device.context.setOffline(true);
    await page.evaluate(() => steps('e', 50));
    assert.equal(await page.evaluate(() => throughline.flush()), false);
    await visitor.device.context.setOffline(false);
    await visitor.reaches(50);
    oneVisitor(await visitor.account(sequence('e', 50)));
    assert.deepEqual(page.warnings, []);
  });

  test('leaving while offline: the next visit delivers', async (t) => {
    const visitor = await visitorOf(world, t);
    const page = await visitor.ready();
    await visitor.device.context.setOffline(true);
    await page.evaluate(() => steps('e', 50));
    await page.close();
    await visitor.device.context.setOffline(false);
    await visitor.settle();
    oneVisitor(await visitor.account(sequence('e', 50)));
  });
});
