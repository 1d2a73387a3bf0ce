// Leaving a page by a link, by a script, by closing the tab and by the end of a process, with and without the core running: every event is
// stored exactly once, at the latest after one further visit.

import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { assertOneVisitor, stepNames } from './harness/assertions.mjs';
import { test } from './harness/bounded-test.mjs';
import { useEnvironment } from './harness/environment.mjs';
import { createVisitor, waitForDelivery } from './harness/visitor.mjs';

const environment = useEnvironment();
const counts = [1, 20, 500];

/** Ways to leave a page in the same task as the tracking. */
const ways = {
  'by a link': async (page, mark, count) => {
    const gone = page.waitForURL('**/away.html');
    await page.evaluate(
      ([mark, count]) => {
        steps(mark, count);
        document.querySelector('a').click();
      },
      [mark, count],
    );
    await gone;
  },
  'by location': async (page, mark, count, { away }) => {
    const gone = page.waitForURL('**/away.html');
    await page.evaluate(
      ([mark, count, away]) => {
        steps(mark, count);
        window.location = away;
      },
      [mark, count, away],
    );
    await gone;
  },
  'by closing the tab': async (page, mark, count) => {
    await page.evaluate(([mark, count]) => steps(mark, count), [mark, count]);
    await page.close();
  },
};

for (const [way, leave] of Object.entries(ways)) {
  test(`leaving at once ${way} loses nothing: ${counts} events, the core running`, async (t) => {
    const visitor = await createVisitor(environment, t);
    for (const count of counts) await leave(await visitor.ready(), `${count}-`, count, visitor);
    await visitor.deliverAll();
    assertOneVisitor(await visitor.assertStored(counts.flatMap((count) => stepNames(`${count}-`, count))));
    assert.deepEqual(visitor.warnings, []);
  });

  test(`leaving at once ${way} loses nothing: ${counts} events, before the core runs`, async (t) => {
    const visitor = await createVisitor(environment, t, { config: { wasm_url: '/held.wasm' } });
    // Only the last page gets the program.
    environment.site.answers['/held.wasm'] = () => {};
    for (const count of counts) await leave(await visitor.open(), `${count}-`, count, visitor);
    visitor.page('shop.html');
    environment.site.answers['/held.wasm'] = (_request, response) =>
      response.writeHead(307, { Location: '/lib/throughline.wasm' }).end();
    await visitor.deliverAll();
    assertOneVisitor(await visitor.assertStored(counts.flatMap((count) => stepNames(`${count}-`, count))));
  });
}

test('a page that is left sends its events without a further visit', async (t) => {
  for (const way of Object.values(ways)) {
    const visitor = await createVisitor(environment, t);
    await way(await visitor.ready(), 'e', 20, visitor);
    await visitor.waitForStored(20);
    await visitor.assertStored(stepNames('e', 20));
  }
});

test('if a page with 500 events is left, all are sent before the next visit, those that no request has carried yet first', async (t) => {
  for (const [way, leave] of Object.entries(ways)) {
    const visitor = await createVisitor(environment, t);
    const page = await visitor.ready();
    await page.evaluate(() => {
      throughline.track('First');
      return throughline.flush();
    });
    const { requests } = visitor.proxy;
    requests.length = 0;
    await leave(page, 'e', 500, visitor);
    await visitor.waitForStored(501);
    await visitor.proxy.waitUntilIdle();
    const sent = requests.map(({ events }) => events.map(({ properties }) => properties.n));
    // The request that was open, which on a busy machine need not arrive first.
    const first = sent.find(([name]) => name === 'e0');
    const handed = sent.filter((names) => names !== first);
    const all = new Set(sent.flat());
    assert.deepEqual([...all].sort(), stepNames('e', 500).sort(), way);
    // Events whose request was still open are repeated only in the space that is left in a request: that request may not have been sent whole.
    const carried = new Set(first);
    for (const names of handed) {
      const repeated = names.findIndex((name) => carried.has(name));
      if (repeated >= 0)
        for (const name of names.slice(repeated)) assert.ok(carried.has(name), `${way}: ${name} is behind`);
    }
    const twice = sent.flat().length - all.size;
    assert.ok(twice <= 110, `${way}: ${twice} twice, of requests with ${requests.map(({ events }) => events.length)}`);
    await visitor.deliverAll();
    const events = await visitor.stored();
    visitor.assertStoredEvents(
      events.filter(({ event }) => event === 'Step'),
      stepNames('e', 500),
    );
    assertOneVisitor(events);
  }
});

test('killing the process of a tab loses nothing', async (t) => {
  const visitor = await createVisitor(environment, t);
  const page = await visitor.ready();
  await visitor.proxy.down();
  await page.evaluate(() => steps('e', 50));
  await visitor.device.killTabs(page);
  await visitor.proxy.up();
  await visitor.deliverAll();
  assertOneVisitor(await visitor.assertStored(stepNames('e', 50)));
});

test('killing the process of a tab before the core runs loses nothing', async (t) => {
  const visitor = await createVisitor(environment, t, { config: { wasm_url: '/lib/nothing-yet.wasm' } });
  environment.site.answers['/lib/nothing-yet.wasm'] = () => {};
  const page = await visitor.open();
  await page.evaluate(() => steps('e', 1500)); // More than fit in one request or beacon.
  await visitor.device.killTabs(page);
  environment.site.answers['/lib/nothing-yet.wasm'] = (_request, response) =>
    response.writeHead(307, { Location: '/lib/throughline.wasm' }).end();
  await visitor.deliverAll();
  assertOneVisitor(await visitor.assertStored(stepNames('e', 1500)));
});

test('events sent by beacon before the core runs are counted once, also if they set their own time, insert id or distinct_id', async (t) => {
  const visitor = await createVisitor(environment, t, {
    config: { wasm_url: '/later.wasm', property_blocklist: ['time'] },
  });
  environment.site.answers['/later.wasm'] = () => {};
  const page = await visitor.open();
  await page.evaluate(() => {
    throughline.register({ time: 5, $insert_id: 'of-a-super-property' });
    const own = [
      { $insert_id: 'order_1' },
      { $insert_id: 77 },
      { $insert_id: '' },
      { $insert_id: 'a-good-1' },
      { time: '2020-01-01' },
      { time: new Date() },
      { time: 1600000000 },
      { distinct_id: 'somebody' },
    ];
    for (const [n, properties] of own.entries()) throughline.track('Step', { n: `e${n}`, ...properties });
    throughline.alias('U', 'id-of-my-server');
  });
  await page.close();
  await visitor.waitForStored(2); // Those that set none of these are sent without a further visit.
  environment.site.answers['/later.wasm'] = (_request, response) =>
    response.writeHead(307, { Location: '/lib/throughline.wasm' }).end();
  await visitor.deliverAll();
  const events = await visitor.stored();
  const [alias, ...more] = events.filter(({ event }) => event === '$create_alias');
  assert.deepEqual([alias.distinct_id, alias.properties.alias, more], ['id-of-my-server', 'U', []]);
  visitor.assertStoredEvents(
    events.filter((event) => event !== alias),
    stepNames('e', 8),
  );
  const good = events.find(({ properties }) => properties.n === 'e3');
  assert.equal(good.properties.$insert_id, 'a-good-1');
  assert.equal(events.find(({ properties }) => properties.n === 'e6').properties.time, 1600000000);
});

/** Lets the program arrive that pages with `wasm_url: '/slow.wasm'` wait for. */
function answerSlowProgram() {
  environment.site.answers['/slow.wasm'] = (_request, response) =>
    response.writeHead(307, { Location: '/lib/throughline.wasm' }).end();
}

test('killing the browser two seconds after the calls, before the core runs, loses nothing', async (t) => {
  const visitor = await createVisitor(environment, t, { config: { wasm_url: '/slow.wasm' } });
  environment.site.answers['/slow.wasm'] = () => {};
  const page = await visitor.open();
  await visitor.proxy.down();
  await page.evaluate(() => steps('e', 50));
  await page.waitForTimeout(2000);
  await visitor.device.kill();
  await visitor.proxy.up();
  answerSlowProgram();
  await visitor.start();
  await visitor.deliverAll();
  assertOneVisitor(await visitor.assertStored(stepNames('e', 50)));
});

test('after the browser is killed two seconds after a login, the visitor is still logged in', async (t) => {
  const visitor = await createVisitor(environment, t);
  const page = await visitor.ready();
  await page.evaluate(() => steps('before', 1));
  await waitForDelivery(page);
  await page.waitForTimeout(8000); // By now the record is on disk. A later change of localStorage reaches the disk only after about a minute.
  await page.evaluate(() => {
    throughline.identify('U');
    throughline.register({ plan: 'pro' });
  });
  await page.waitForTimeout(2000);
  await visitor.device.kill();
  await visitor.start();
  const next = await visitor.ready();
  await next.evaluate(() => steps('after', 1));
  await waitForDelivery(next);
  const [after] = (await visitor.stored()).filter(({ properties }) => properties.n === 'after0');
  assert.deepEqual([after.distinct_id, after.properties.plan], ['U', 'pro']);
  visitor.assertNoExceptions();
});

test('killing the browser two seconds after the calls loses nothing, and the visitor stays the same', async (t) => {
  const visitor = await createVisitor(environment, t);
  const page = await visitor.ready();
  await visitor.proxy.down();
  await page.evaluate(() => {
    throughline.register({ plan: 'pro' });
    steps('before', 50);
  });
  await page.waitForTimeout(2000);
  await visitor.device.kill();
  await visitor.proxy.up();
  await visitor.start();
  const next = await visitor.ready();
  await next.evaluate(() => steps('after', 1));
  await visitor.waitForStored(51);
  const events = await visitor.assertStored([...stepNames('before', 50), ...stepNames('after', 1)]);
  assertOneVisitor(events);
  for (const { properties } of events) assert.equal(properties.plan, 'pro');
});

/** How a new visitor leaves a page within a second, in a browser that goes on and has not written localStorage to the disk. */
const leftPages = {
  'while another tab is open': async (page, visitor) => {
    await visitor.ready();
    await page.evaluate(() => steps('left', 3));
    await page.close();
  },
  'for another page in the same tab': (page, visitor) => ways['by location'](page, 'left', 3, visitor),
  'by a reload': async (page) => {
    await page.evaluate(() => steps('left', 3));
    await page.reload();
  },
};

/** Opens the browser again after it was killed: what was tracked before and is tracked now is one visitor's. */
async function assertNextVisitIsTheSame(visitor) {
  await visitor.start();
  const next = await visitor.ready();
  await next.evaluate(() => steps('next', 1));
  await waitForDelivery(next);
  assertOneVisitor(await visitor.assertStored([...stepNames('left', 3), 'next0']));
}

for (const [how, leave] of Object.entries(leftPages))
  test(`a browser that is killed a second after a new visitor has left a page ${how}: the visitor stays the same`, async (t) => {
    const visitor = await createVisitor(environment, t);
    const page = await visitor.ready();
    await leave(page, visitor);
    await sleep(1000);
    await visitor.device.kill();
    await assertNextVisitIsTheSame(visitor);
  });

test('a browser that is killed after a new visitor has left a page before the core runs: the visitor stays the same', async (t) => {
  const visitor = await createVisitor(environment, t, { config: { wasm_url: '/slow.wasm' } });
  environment.site.answers['/slow.wasm'] = () => {};
  const page = await visitor.open();
  await sleep(2000);
  await ways['by location'](page, 'left', 3, visitor);
  await visitor.waitForStored(3);
  await visitor.device.kill();
  answerSlowProgram();
  await assertNextVisitIsTheSame(visitor);
});
