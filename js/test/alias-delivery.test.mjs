// Delivery of an alias when requests fail: it is sent before later events, repeated until it is acknowledged, and given up at reset.

import assert from 'node:assert/strict';
import { test } from './harness/bounded-test.mjs';
import { until } from './harness/collector.mjs';
import { useEnvironment } from './harness/environment.mjs';
import { dropAnswer, neverAnswer, pass, reset, status } from './harness/faulty-proxy.mjs';
import { createVisitor, waitForDelivery } from './harness/visitor.mjs';

const environment = useEnvironment();

const stateOf = (page, { token }) =>
  page.evaluate((token) => JSON.parse(localStorage.getItem(`tl_${token}`)).alias_state, token);

const namesIn = ({ events }) => events.map(({ event }) => event);

/** Claims the alias U for another person, before the test. */
async function taken({ token }) {
  const properties = { token, distinct_id: 'D1', alias: 'U', time: 1_600_000_000, $insert_id: 'claim' };
  const body = JSON.stringify([{ event: '$create_alias', properties }]);
  await fetch(`${environment.collector.url}/track?verbose=1`, { method: 'POST', body });
}

for (const [what, answer] of [
  ['503', status(503)],
  ['a broken connection', reset],
  ['a lost answer', dropAnswer],
]) {
  test(`an alias whose request meets ${what} is sent again before later events, and the record stores its state`, async (t) => {
    const visitor = await createVisitor(environment, t);
    visitor.proxy.rule = () => answer;
    const page = await visitor.ready();
    await page.evaluate(() => {
      steps('before', 2);
      throughline.alias('U');
      steps('after', 2);
    });
    await until(() => visitor.proxy.requests.length > 1, 'a second try');
    assert.equal(await stateOf(page, visitor), 'sent');
    visitor.proxy.rule = () => pass;
    await waitForDelivery(page);
    await until(async () => (await stateOf(page, visitor)) === 'acknowledged', 'the record has it');
    const all = ['Step', 'Step', '$create_alias', 'Step', 'Step'];
    for (const request of visitor.proxy.requests)
      assert.deepEqual(namesIn(request), all.slice(0, namesIn(request).length));
    assert.deepEqual(namesIn({ events: await visitor.stored() }), all);
    visitor.assertNoExceptions();
  });
}

test('an alias that was sent on the page before is acknowledged to the next page', async (t) => {
  const visitor = await createVisitor(environment, t);
  visitor.proxy.rule = () => neverAnswer;
  const page = await visitor.ready();
  await page.evaluate(() => throughline.alias('U'));
  await page.close();
  visitor.proxy.rule = () => pass;
  const next = await visitor.ready();
  await waitForDelivery(next);
  await until(async () => (await stateOf(next, visitor)) === 'acknowledged', 'the record has it');
  assert.deepEqual(namesIn({ events: await visitor.stored() }), ['$create_alias']);
  visitor.assertNoExceptions();
});

test('if the answer that refuses an alias is lost, the next page learns of it and goes on as the owner', async (t) => {
  const visitor = await createVisitor(environment, t);
  await taken(visitor);
  visitor.proxy.rule = () => dropAnswer;
  const page = await visitor.ready();
  const id = await page.evaluate(() => throughline.get_distinct_id());
  await page.evaluate(() => {
    throughline.alias('U');
    steps('before', 3);
  });
  await visitor.waitForStored(5);
  assert.equal(await stateOf(page, visitor), 'sent');
  await page.close();
  visitor.proxy.rule = () => pass;
  const next = await visitor.deliverAll();
  assert.deepEqual(
    next.warnings.map((text) => text.match(/\[(.*?)\]/)[1]),
    ['alias_taken'],
  );
  assert.doesNotMatch(next.warnings[0], /D1/, 'whose it is is told to nobody');
  await next.evaluate(() => steps('after', 1));
  await waitForDelivery(next);
  const events = (await visitor.stored()).filter(({ event }) => event !== '$create_alias');
  assert.deepEqual(
    events.map(({ event, distinct_id, properties }) => [
      event,
      distinct_id,
      properties.n ?? properties.$anon_distinct_id,
    ]),
    [...[0, 1, 2].map((n) => ['Step', id, `before${n}`]), ['$identify', 'U', id], ['Step', 'U', 'after0']],
  );
  assert.equal((await environment.collector.person(visitor.token, 'U')).person, 'D1');
  visitor.assertNoExceptions();
});

for (const [which, named] of [
  ['a collector that does not name the owner', {}],
  ['an older collector, which names the owner', { owner: 'the-owner' }],
  ['an answer that was cut off', { owner: 'the-owner', cut: true }],
]) {
  test(`a taken alias, answered by ${which}: nothing in the page says whose it is`, async (t) => {
    const visitor = await createVisitor(environment, t);
    const page = await visitor.ready();
    const id = await page.evaluate(() => throughline.get_distinct_id());
    const { cut, ...owner } = named;
    visitor.proxy.rule = ({ events }) => {
      const claim = events.find(({ event }) => event === '$create_alias');
      if (!claim) return pass;
      const { alias, distinct_id, $insert_id } = claim.properties;
      const taken = [{ alias, ...owner, distinct_id, insert_id: $insert_id }];
      const body = JSON.stringify({ status: 1, error: null, alias_taken: taken });
      return status(200, {}, { body: cut ? body.slice(0, -9) : body });
    };
    await page.evaluate(() => throughline.alias('U'));
    await until(() => page.warnings.length > 0, 'a warning');
    assert.equal(await page.evaluate(() => throughline.get_distinct_id()), cut ? id : 'U');
    const seen = [...page.warnings, await page.evaluate(() => JSON.stringify({ ...localStorage }))];
    assert.match(seen[0], cut ? /collector_misanswered/ : /alias_taken/);
    for (const text of seen) assert.doesNotMatch(text, /the-owner/);
    visitor.assertNoExceptions();
  });
}

test('after reset a refused alias does not make the new visitor its owner', async (t) => {
  const visitor = await createVisitor(environment, t);
  await taken(visitor);
  visitor.proxy.rule = () => status(503);
  const page = await visitor.ready();
  const [before, after] = await page.evaluate(() => {
    const before = throughline.get_distinct_id();
    throughline.alias('U');
    throughline.reset();
    return [before, throughline.get_distinct_id()];
  });
  assert.equal(await stateOf(page, visitor), undefined);
  visitor.proxy.rule = () => pass;
  await waitForDelivery(page);
  await page.evaluate(() => steps('after', 1));
  await waitForDelivery(page);
  assert.deepEqual(
    (await visitor.stored()).map(({ event, distinct_id }) => [event, distinct_id]),
    [
      ['$create_alias', 'D1'],
      ['$create_alias', before],
      ['Step', after],
    ],
  );
  assert.equal(await page.evaluate(() => throughline.get_distinct_id()), after);
  assert.equal(await stateOf(page, visitor), undefined);
  assert.deepEqual(page.warnings, []);
  visitor.assertNoExceptions();
});
