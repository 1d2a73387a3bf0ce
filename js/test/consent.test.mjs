// Consent: nothing of a visitor who has opted out is recorded or sent, and a login or logout meanwhile is taken into account at opt-in.

import assert from 'node:assert/strict';
import { test } from './harness/bounded-test.mjs';
import { useEnvironment } from './harness/environment.mjs';
import { createSlowCoreVisitor } from './harness/slow-core-visitor.mjs';
import { createVisitor } from './harness/visitor.mjs';

const environment = useEnvironment();

const stepsOf = (events) => events.filter(({ event }) => event === 'Step').map(({ properties }) => properties.n);

test('if A logs in, opts out and logs out, and then B opts in on the same device, B sends nothing of A', async (t) => {
  const visitor = await createVisitor(environment, t);
  const first = await visitor.ready();
  await first.evaluate(() => {
    throughline.alias('jane@example.com');
    throughline.identify('jane@example.com');
    throughline.register({ plan: 'jane-plan' });
    steps('a', 1);
    return throughline.flush();
  });
  const device = await first.evaluate(() => throughline.get_property('$device_id'));
  await first.evaluate(() => {
    throughline.opt_out_tracking();
    throughline.reset();
  });
  await first.close();
  const second = await visitor.ready();
  await second.evaluate(() => {
    throughline.opt_in_tracking();
    steps('b', 1);
    throughline.identify('omar@example.com');
    steps('b', 2);
    return throughline.flush();
  });
  const events = await visitor.stored();
  const from = events.findIndex(({ properties }) => properties.n === 'b0');
  const text = JSON.stringify(events.slice(from));
  for (const left of ['jane', device]) assert.ok(!text.includes(left), `${left} in ${text}`);
  assert.deepEqual(stepsOf(events), ['a0', 'b0', 'b0', 'b1']);
  assert.deepEqual([...first.warnings, ...second.warnings], []);
  visitor.assertNoExceptions();
});

test('a sign-up while opted out is sent at opt-in, also on a later page', async (t) => {
  const visitor = await createVisitor(environment, t);
  const first = await visitor.ready();
  const id = await first.evaluate(() => throughline.get_distinct_id());
  await first.evaluate(() => {
    throughline.opt_out_tracking();
    throughline.alias('U');
    throughline.identify('U');
    throughline.register({ plan: 'pro' });
    steps('out', 3);
    return throughline.flush();
  });
  await first.close();
  assert.deepEqual(await visitor.stored(), []);
  const second = await visitor.ready();
  await second.evaluate(() => {
    throughline.opt_in_tracking();
    steps('in', 1);
    return throughline.flush();
  });
  await second.reload();
  await second.evaluate(() => throughline.ready);
  await second.evaluate(() => {
    throughline.opt_in_tracking();
    return throughline.flush();
  });
  const events = await visitor.stored();
  assert.deepEqual(
    events.map(({ event, distinct_id }) => [event, distinct_id]),
    [
      ['$create_alias', id],
      ['$identify', 'U'],
      ['Step', id],
    ],
  );
  assert.equal(events[1].properties.$anon_distinct_id, id);
  assert.equal(events[2].properties.plan, 'pro');
  const person = await environment.collector.person(visitor.token, 'U');
  assert.ok(JSON.stringify(person).includes(id), 'one person');
  visitor.assertNoExceptions();
});

test('an opt-out deletes the waiting events of this page, of other tabs and of earlier pages', async (t) => {
  const visitor = await createVisitor(environment, t);
  await visitor.proxy.down();
  const earlier = await visitor.ready();
  await earlier.evaluate(() => steps('earlier', 5));
  await earlier.waitForTimeout(2500); // Long enough for the copy in IndexedDB.
  await earlier.close();
  const other = await visitor.ready();
  await other.evaluate(() => steps('other', 5));
  const page = await visitor.ready();
  await page.evaluate(() => {
    steps('here', 5);
    throughline.opt_out_tracking();
    steps('out', 5);
  });
  assert.deepEqual(await page.evaluate(() => throughline.get_property('$dropped')), {}, 'nothing was lost');
  await visitor.proxy.up();
  await other.evaluate(() => throughline.flush());
  await page.evaluate(() => dispatchEvent(new Event('online')));
  await page.waitForTimeout(1500);
  await page.close();
  await other.close();
  const next = await visitor.deliverAll();
  assert.deepEqual(await visitor.stored(), []);
  const left = await next.evaluate(async () => {
    const result = (request) =>
      new Promise((resolve) => {
        request.onsuccess = () => resolve(request.result);
      });
    const database = await result(indexedDB.open('throughline'));
    const keys = await result(database.transaction('texts').objectStore('texts').getAllKeys());
    // For two minutes the numbers of deleted segments are still stored, but no event.
    return [...Object.keys(localStorage), ...keys].filter((key) => /^tl[oq]_(?!.*_delivered$)/.test(key));
  });
  assert.deepEqual(left, []);

  await next.evaluate(() => {
    throughline.opt_in_tracking();
    steps('in', 2);
    return throughline.flush();
  });
  assert.deepEqual(stepsOf(await visitor.stored()), ['in0', 'in1']);
  visitor.assertNoExceptions();
});

test('events that were tracked before an opt-out in the same task are not sent', async (t) => {
  const visitor = await createVisitor(environment, t);
  const page = await visitor.open();
  await page.evaluate(() => {
    steps('before', 3);
    throughline.opt_out_tracking();
    throughline.opt_in_tracking();
    steps('after', 3);
    return throughline.ready.then(() => throughline.flush());
  });
  assert.deepEqual(stepsOf(await visitor.stored()), ['after0', 'after1', 'after2']);
  visitor.assertNoExceptions();
});

for (const end of ['close', 'kill']) {
  test(`events that were tracked before an opt-out, on a page that ends before the core runs (${end}), are never sent`, async (t) => {
    const visitor = await createSlowCoreVisitor(environment, t);
    await visitor.ready();
    const page = await visitor.open(visitor.slowPage);
    await page.evaluate(() => {
      steps('before', 5);
      throughline.opt_out_tracking();
    });
    if (end === 'close') await page.close();
    else await visitor.device.killTabs(page);
    await visitor.deliverAll();
    assert.deepEqual(await visitor.stored(), []);
    visitor.assertNoExceptions();
  });
}

test('an opt-out before the core runs deletes the calls of an earlier page that ended before its core ran', async (t) => {
  const visitor = await createSlowCoreVisitor(environment, t);
  const page = await visitor.open(visitor.slowPage);
  await page.evaluate(() => steps('dead', 5));
  await visitor.device.killTabs(page);
  const next = await visitor.open(visitor.slowPage);
  await next.evaluate(() => throughline.opt_out_tracking());
  visitor.releaseCore();
  assert.equal(await next.evaluate(() => throughline.ready), true);
  await next.waitForTimeout(1000);
  await next.evaluate(() => {
    throughline.opt_in_tracking();
    steps('in', 1);
    return throughline.flush();
  });
  assert.deepEqual(stepsOf(await visitor.stored()), ['in0']);
  visitor.assertNoExceptions();
});

test('an opt-out deletes the profile and forgets the visitor if it is asked to, and an opt-in is told by an event', async (t) => {
  const visitor = await createVisitor(environment, t);
  const page = await visitor.open(); // The calls wait for the core.
  const [before, after] = await page.evaluate(async () => {
    const before = throughline.get_distinct_id();
    throughline.identify('jane');
    throughline.register({ plan: 'pro' });
    throughline.people.set('a', 1);
    throughline.opt_out_tracking({ delete_user: true, clear_persistence: true });
    await throughline.flush();
    return [before, throughline.get_distinct_id()];
  });
  assert.notEqual(after, before);
  assert.notEqual(after, 'jane');
  assert.deepEqual(await visitor.stored(), []);
  const state = () => page.evaluate(() => [throughline.has_opted_in_tracking(), throughline.has_opted_out_tracking()]);
  assert.deepEqual(await state(), [false, true]);
  await page.evaluate(() => {
    throughline.opt_in_tracking({ track_event_name: 'Agreed', track_properties: { source: 'banner' } });
    return throughline.flush();
  });
  assert.deepEqual(await state(), [true, false]);
  const [agreed, ...others] = await visitor.stored();
  assert.deepEqual(others, []);
  const { source, plan } = agreed.properties;
  assert.deepEqual([agreed.event, source, plan, agreed.distinct_id], ['Agreed', 'banner', undefined, after]);
  visitor.assertNoExceptions();
});

test('the deletion of a profile arrives, though an opt-out deletes what waits', async (t) => {
  const visitor = await createVisitor(environment, t);
  const page = await visitor.ready();
  await page.evaluate(() => {
    throughline.identify('jane');
    throughline.people.set('plan', 'pro');
    return throughline.flush();
  });
  const profile = async () => (await environment.collector.person(visitor.token, 'jane')).profile;
  assert.equal((await profile()).plan, 'pro');
  await visitor.proxy.down();
  await page.evaluate(() => throughline.opt_out_tracking({ delete_user: true }));
  await page.close();
  await visitor.proxy.up();
  const next = await visitor.deliverAll();
  assert.equal(await next.evaluate(() => throughline.has_opted_out_tracking()), true);
  assert.equal((await profile())?.plan, undefined);
  visitor.assertNoExceptions();
});

test('consent that is cleared is as if it had never been asked for, in all tabs', async (t) => {
  const visitor = await createVisitor(environment, t);
  const [page, other] = [await visitor.ready(), await visitor.ready()];
  const state = (tab) =>
    tab.evaluate(() => [throughline.has_opted_in_tracking(), throughline.has_opted_out_tracking()]);
  const isOut = (tab, wanted) =>
    tab.waitForFunction((wanted) => throughline.has_opted_out_tracking() === wanted, wanted);
  await page.evaluate(() => throughline.opt_out_tracking());
  await isOut(other, true); // Browsers show one tab what another has stored only after a moment.
  await other.evaluate(() => throughline.clear_opt_in_out_tracking());
  await isOut(page, false);
  const undecided = [false, false];
  assert.deepEqual([await state(page), await state(other)], [undecided, undecided]);
  await page.evaluate(() => {
    steps('cleared', 1);
    throughline.opt_in_tracking();
    return throughline.flush();
  });
  assert.deepEqual(await state(page), [true, false]);
  assert.deepEqual(stepsOf(await visitor.stored()), ['cleared0']);
  visitor.assertNoExceptions();
});

test('20,000 super properties are limited, with a warning', async (t) => {
  const visitor = await createVisitor(environment, t);
  const page = await visitor.ready();
  await page.evaluate(() => {
    throughline.register(Object.fromEntries(Array.from({ length: 20_000 }, (_, n) => [`p${n}`, n])));
    steps('e', 1);
    return throughline.flush();
  });
  const [{ properties }] = await visitor.stored();
  assert.equal(Object.keys(properties).filter((name) => /^p\d+$/.test(name)).length, 1000);
  assert.match(page.warnings.join(), /too_many_properties.*\d{5} of them were left out, beginning with p1000/);
  visitor.assertNoExceptions();
});

test('events whose names are too long or contain half a surrogate pair arrive', async (t) => {
  const visitor = await createVisitor(environment, t);
  const page = await visitor.ready();
  await page.evaluate(() => {
    throughline.track('é'.repeat(200));
    throughline.track('Half \ud83d');
    return throughline.flush();
  });
  const events = await visitor.stored();
  assert.deepEqual(
    events.map(({ event }) => event),
    ['é'.repeat(127), 'Half \ufffd'],
  );
  assert.match(page.warnings.join(), /event_name_cut/);
  visitor.assertNoExceptions();
});
