// The testing kit, under node:test with the DOM of happy-dom.

import assert from 'node:assert/strict';
import { Window } from 'happy-dom';
import { test } from './harness/bounded-test.mjs';

const window = new Window({ url: 'https://shop.example/?utm_source=news' });
for (const name of ['document', 'location', 'navigator', 'screen', 'localStorage', 'addEventListener'])
  globalThis[name] = typeof window[name] === 'function' ? window[name].bind(window) : window[name];

const { createTestKit } = await import('../../dist/testing/kit.mjs');

test('the events of the story belong to one person, from the anonymous visitor to the second device', async () => {
  const kit = await createTestKit();
  const { throughline } = kit;
  const d1 = kit.distinctId();
  throughline.track('Item Viewed', { price: 5 });
  throughline.alias('U');
  throughline.identify('U');
  const phone = kit.device('phone');
  await throughline.ready;
  phone.identify('U');
  phone.track('Item Rated');
  assert.equal(kit.distinctId(), d1);
  const viewed = await kit.expectEvent('Item Viewed', { price: 5, utm_source: 'news' });
  assert.equal(viewed.time, Date.UTC(2026, 0, 1));
  assert.equal(viewed.distinct_id, d1);
  await kit.expectOnePerson(d1, 'U');
  const people = await kit.people();
  assert.equal(people.length, 1);
  assert.deepEqual(people[0].ids, [d1, 'U']);
  assert.deepEqual(
    people[0].events.map(({ event }) => event),
    ['Item Viewed', '$create_alias', '$identify', '$identify', 'Item Rated'],
  );
  kit.expectNoWarnings();
});

test('an alias belongs to the device that sent it first, also if the clock of the second device is an hour slow', async () => {
  const kit = await createTestKit({ warnings: 'silent' });
  const laptop = kit.distinctId();
  kit.throughline.alias('U');
  await kit.events();
  await kit.advance(-3_600_000);
  const phone = kit.device('phone');
  await kit.throughline.ready;
  const own = phone.get_distinct_id();
  phone.alias('U');
  await kit.events();
  const claims = (await kit.events()).filter(({ event }) => event === '$create_alias');
  assert.equal(claims[0].time - claims[1].time, 3_600_000);
  phone.track('Item Rated');
  await kit.expectOnePerson(laptop, 'U', phone.get_distinct_id());
  await assert.rejects(kit.expectOnePerson(laptop, own));
  assert.ok(kit.warnings().some(({ code }) => code === 'alias_taken'));
});

test('a claim to a taken alias is answered as by the collector: without the owner, also if both ids are one person', async (t) => {
  const { mock } = t.mock.method(JSON, 'stringify'); // Its results include the answers of the kit.
  const answers = () => mock.calls.map(({ result }) => String(result)).filter((text) => text.startsWith('{"status":'));
  const kit = await createTestKit({ warnings: 'silent' });
  const laptop = kit.distinctId();
  kit.throughline.alias('U');
  await kit.events();
  const phone = kit.device('phone');
  await kit.throughline.ready;
  const own = phone.get_distinct_id();
  phone.alias('U');
  const claim = (await kit.events()).find(({ distinct_id }) => distinct_id === own);
  const taken = [{ alias: 'U', distinct_id: own, insert_id: claim.properties.$insert_id }];
  assert.deepEqual(
    answers().filter((text) => text.includes('alias')),
    [JSON.stringify({ status: 1, error: null, alias_taken: taken })],
  );
  const [{ code, what }] = kit.warnings();
  assert.equal(code, 'alias_taken');
  assert.ok(what.includes('U') && what.includes(own) && !what.includes(laptop), what);

  // B is an alias of A. To make A an alias of B is a circle, which is ignored, but the alias is not taken.
  kit.throughline.alias('B', 'A');
  await kit.events();
  const tablet = kit.device('tablet');
  await kit.throughline.ready;
  tablet.identify('B');
  tablet.alias('A');
  await kit.events();
  assert.deepEqual(
    kit.warnings().map(({ code }) => code),
    ['alias_taken', 'alias_after_identify'],
  );
  assert.equal(answers().at(-1), '{"status":1,"error":null}');

  // V and W are both the laptop's. The answer must not reveal that, so it is the same as for two persons.
  kit.throughline.alias('V', 'U');
  kit.throughline.alias('W', 'U');
  kit.throughline.alias('V', 'W');
  await kit.events();
  assert.deepEqual(
    JSON.parse(answers().at(-1)).alias_taken?.map(({ alias, distinct_id }) => [alias, distinct_id]),
    [['V', 'W']],
  );
});

test('every kit has a new visitor, whose ids are the same in every run', async () => {
  const ids = [];
  for (let i = 0; i < 2; i++) {
    const kit = await createTestKit();
    ids.push(kit.distinctId());
    kit.throughline.identify('Somebody');
  }
  assert.equal(ids[0], ids[1]);
  assert.match(ids[0], /^\$device:00000000-0000-4000-8000-00000000000\d$/);
});

test('a misuse throws from the call that makes it', async () => {
  const { throughline, warnings } = await createTestKit();
  assert.throws(() => throughline.identify('undefined'), {
    name: 'ThroughlineWarning',
    message: /bad_id.*"?undefined/,
  });
  assert.deepEqual(
    warnings().map(({ code }) => code),
    ['bad_id'],
  );
});

test('the messages of failed expectations say what differed', async () => {
  const kit = await createTestKit({ warnings: 'silent' });
  kit.throughline.track('Signed Up', { plan: 'free' });
  await assert.rejects(
    kit.expectEvent('Signed Up', { plan: 'pro', age: 7 }),
    /Expected an event "Signed Up" with plan = "pro", age = 7\. It was sent, but plan was "free", not "pro", age \(7\) was missing\. Sent were: "Signed Up" \(\$device:/,
  );
  await assert.rejects(kit.expectEvent('Bought'), /It was not sent/);
  await assert.rejects(kit.expectNoEvent('Signed Up'), /sent once/);
  // Whatever the order, it is the account's id that becomes an alias.
  await assert.rejects(
    kit.expectOnePerson(kit.distinctId(), 'U'),
    /"U" is not the person of.*: alias\("U"\) at sign-up/,
  );
  await assert.rejects(
    kit.expectOnePerson('U', kit.distinctId()),
    /is not the person of "U".*: alias\("U"\) at sign-up/,
  );
  await assert.rejects(kit.expectOnePerson(undefined), /not all are known/);
  kit.throughline.alias('');
  assert.throws(() => kit.expectNoWarnings(), /bad_id/);
});

test('the clock stands still until it is advanced', async () => {
  const kit = await createTestKit();
  kit.throughline.time_event('Read');
  await kit.advance(90_500);
  kit.throughline.track('Read');
  await kit.expectEvent('Read', { $duration: 90.5 });
});

test('events are kept in order while the network fails', async () => {
  const kit = await createTestKit();
  kit.failWith(503);
  kit.throughline.track('One');
  assert.equal(await kit.throughline.flush(), false);
  kit.failWith(undefined);
  kit.throughline.track('Two');
  await kit.advance(10_000);
  assert.deepEqual(
    (await kit.events()).map(({ event }) => event),
    ['One', 'Two'],
  );
});

test('what the library says of a collector that the test makes fail is recorded, and not thrown', async () => {
  const thrown = [];
  const listener = (error) => thrown.push(error);
  process.on('uncaughtException', listener);
  try {
    for (const [status, code] of [
      [404, 'collector_misanswered'],
      [503, 'collector_misanswered'],
    ]) {
      const kit = await createTestKit();
      kit.failWith(status);
      kit.throughline.track('Waits');
      for (let hour = 0; hour < 24; hour++) await kit.advance(3_600_000);
      assert.deepEqual(
        kit.warnings().map((warning) => warning.code),
        [code],
      );
      kit.expectNoWarnings();
      kit.failWith(undefined);
      await kit.advance(3_600_000);
      await kit.expectEvent('Waits');
      assert.throws(() => kit.throughline.identify('null'), /bad_id/);
      assert.throws(() => kit.expectNoWarnings(), /^Error: (?!.*collector_misanswered).*bad_id/);
    }
    await new Promise((resolve) => setTimeout(resolve));
    assert.deepEqual(thrown, []);
  } finally {
    process.off('uncaughtException', listener);
  }
});

test('a tracking plan is checked, in the call that differs from it', async () => {
  const tracking_plan = {
    events: { Bought: { properties: { item: { type: 'string' }, price: { type: 'number' } }, required: ['item'] } },
  };
  const kit = await createTestKit({ config: { tracking_plan } });
  kit.throughline.track('Bought', { item: 'tea', price: 5 });
  const thrown = (event, properties) => {
    try {
      kit.throughline.track(event, properties);
    } catch (error) {
      return error.warning.what;
    }
  };
  assert.match(thrown('Bought', { item: 7 }), /item is of type integer, and the tracking plan wants string/);
  assert.match(thrown('Bought', { item: 'tea', prices: 5 }), /no property prices \(did you mean price\?\)/);
  assert.match(thrown('Bought', {}), /requires the property item/);
  assert.match(thrown('Boughtt', {}), /no event of that name \(did you mean Bought\?\)/);
  assert.equal((await kit.events()).length, 5, 'nothing is left out');
  assert.deepEqual(
    kit.throughline.history().map(({ time, what }) => [time, what]),
    [['2026-01-01T00:00:00.000Z', 'minted']],
  );
});
