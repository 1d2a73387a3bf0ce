// Leaving: by a link, by script, by closing the tab, with and without the core up, and by the death of a process. Whatever was
// tracked is stored exactly once, at the latest after one further visit.

import assert from 'node:assert/strict';
import { oneVisitor, sequence } from './harness/accounting.mjs';
import { test } from './harness/test.mjs';
import { delivered, visitorOf } from './harness/visitor.mjs';
import { useWorld } from './harness/world.mjs';

const world = useWorld();
const counts = [1, 20, 500];

/** Ways to leave: each tracks and goes in one task. */
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
  test(`leaving at once ${way} loses nothing: ${counts} events, the core up`, async (t) => {
    const visitor = await visitorOf(world, t);
    for (const count of counts) await leave(await visitor.ready(), `${count}-`, count, visitor);
    await visitor.settle();
    oneVisitor(await visitor.account(counts.flatMap((count) => sequence(`${count}-`, count))));
    assert.deepEqual(visitor.warnings, []);
  });

  test(`leaving at once ${way} loses nothing: ${counts} events, before the core is up`, async (t) => {
    const visitor = await visitorOf(world, t, { config: { wasm_url: '/held.wasm' } });
    // The program arrives for the last page only.
    world.site.answers['/held.wasm'] = () => {};
    for (const count of counts) await leave(await visitor.open(), `${count}-`, count, visitor);
    visitor.page('shop.html');
    world.site.answers['/held.wasm'] = (_request, response) =>
      response.writeHead(307, { Location: '/lib/throughline.wasm' }).end();
    await visitor.settle();
    oneVisitor(await visitor.account(counts.flatMap((count) => sequence(`${count}-`, count))));
  });
}

test('a page left with the line up hands its events over without another visit', async (t) => {
  for (const way of Object.values(ways)) {
    const visitor = await visitorOf(world, t);
    await way(await visitor.ready(), 'e', 20, visitor);
    await visitor.reaches(20);
    await visitor.account(sequence('e', 20));
  }
});

test('500 events left at once are all handed over before the next visit, what no request carries first', async (t) => {
  for (const [way, leave] of Object.entries(ways)) {
    const visitor = await visitorOf(world, t);
    const page = await visitor.ready();
    await page.evaluate(() => {
      throughline.track('First');
      return throughline.flush();
    });
    const { requests } = visitor.line;
    requests.length = 0;
    await leave(page, 'e', 500, visitor);
    await visitor.reaches(501);
    await visitor.line.quiet();
    const [first, ...handed] = requests.map(({ events }) => events.map(({ properties }) => properties.n));
    const all = new Set([first, ...handed].flat());
    assert.deepEqual([...all].sort(), sequence('e', 500).sort(), way);
    // What is repeated has the room that was left in one request: a request that ends with its page may not have been sent whole.
    const carried = new Set(first);
    for (const names of handed) {
      const repeated = names.findIndex((name) => carried.has(name));
      if (repeated >= 0)
        for (const name of names.slice(repeated)) assert.ok(carried.has(name), `${way}: ${name} is behind`);
    }
    const twice = [first, ...handed].flat().length - all.size;
    assert.ok(twice <= 110, `${way}: ${twice} twice, of requests with ${requests.map(({ events }) => events.length)}`);
    await visitor.settle();
    const events = await visitor.stored();
    visitor.accountOf(
      events.filter(({ event }) => event === 'Step'),
      sequence('e', 500),
    );
    oneVisitor(events);
  }
});

test('a killed tab loses nothing', async (t) => {
  const visitor = await visitorOf(world, t);
  const page = await visitor.ready();
  await visitor.line.down();
  await page.evaluate(() => steps('e', 50));
  await visitor.device.killTabs(page);
  await visitor.line.up();
  await visitor.settle();
  oneVisitor(await visitor.account(sequence('e', 50)));
});

test('a tab killed before the core is up loses nothing', async (t) => {
  const visitor = await visitorOf(world, t, { config: { wasm_url: '/lib/nothing-yet.wasm' } });
  world.site.answers['/lib/nothing-yet.wasm'] = () => {};
  const page = await visitor.open();
  await page.evaluate(() => steps('e', 1500)); // More than a request takes, or a beacon.
  await visitor.device.killTabs(page);
  world.site.answers['/lib/nothing-yet.wasm'] = (_request, response) =>
    response.writeHead(307, { Location: '/lib/throughline.wasm' }).end();
  await visitor.settle();
  oneVisitor(await visitor.account(sequence('e', 1500)));
});

test('what is handed over before the core is up counts once, whatever a call says of itself', async (t) => {
  const visitor = await visitorOf(world, t, { config: { wasm_url: '/later.wasm', property_blocklist: ['time'] } });
  world.site.answers['/later.wasm'] = () => {};
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
  await visitor.reaches(2); // What says nothing of itself is handed over, without another visit.
  world.site.answers['/later.wasm'] = (_request, response) =>
    response.writeHead(307, { Location: '/lib/throughline.wasm' }).end();
  await visitor.settle();
  const events = await visitor.stored();
  const [alias, ...more] = events.filter(({ event }) => event === '$create_alias');
  assert.deepEqual([alias.distinct_id, alias.properties.alias, more], ['id-of-my-server', 'U', []]);
  visitor.accountOf(
    events.filter((event) => event !== alias),
    sequence('e', 8),
  );
  const good = events.find(({ properties }) => properties.n === 'e3');
  assert.equal(good.properties.$insert_id, 'a-good-1');
  assert.equal(events.find(({ properties }) => properties.n === 'e6').properties.time, 1600000000);
});

test('a browser killed two seconds after, before the core is up, loses nothing', async (t) => {
  const visitor = await visitorOf(world, t, { config: { wasm_url: '/slow.wasm' } });
  world.site.answers['/slow.wasm'] = () => {};
  const page = await visitor.open();
  await visitor.line.down();
  await page.evaluate(() => steps('e', 50));
  await page.waitForTimeout(2000);
  await visitor.device.kill();
  await visitor.line.up();
  world.site.answers['/slow.wasm'] = (_request, response) =>
    response.writeHead(307, { Location: '/lib/throughline.wasm' }).end();
  await visitor.start();
  await visitor.settle();
  oneVisitor(await visitor.account(sequence('e', 50)));
});

test('a browser killed two seconds after a login goes on as who logged in', async (t) => {
  const visitor = await visitorOf(world, t);
  const page = await visitor.ready();
  await page.evaluate(() => steps('before', 1));
  await delivered(page);
  await page.waitForTimeout(8000); // By now the disk has the visitor as it was; what follows reaches it a minute later.
  await page.evaluate(() => {
    throughline.identify('U');
    throughline.register({ plan: 'pro' });
  });
  await page.waitForTimeout(2000);
  await visitor.device.kill();
  await visitor.start();
  const next = await visitor.ready();
  await next.evaluate(() => steps('after', 1));
  await delivered(next);
  const [after] = (await visitor.stored()).filter(({ properties }) => properties.n === 'after0');
  assert.deepEqual([after.distinct_id, after.properties.plan], ['U', 'pro']);
  visitor.unharmed();
});

test('a browser killed two seconds after loses nothing, and the visitor stays the same', async (t) => {
  const visitor = await visitorOf(world, t);
  const page = await visitor.ready();
  await visitor.line.down();
  await page.evaluate(() => {
    throughline.register({ plan: 'pro' });
    steps('before', 50);
  });
  await page.waitForTimeout(2000);
  await visitor.device.kill();
  await visitor.line.up();
  await visitor.start();
  const next = await visitor.ready();
  await next.evaluate(() => steps('after', 1));
  await visitor.reaches(51);
  const events = await visitor.account([...sequence('before', 50), ...sequence('after', 1)]);
  oneVisitor(events);
  for (const { properties } of events) assert.equal(properties.plan, 'pro');
});
