// What is dropped is never silent: counted, warned about once, sent along, and shown in Live View.

import assert from 'node:assert/strict';
import { oneVisitor, sequence } from './harness/accounting.mjs';
import { until } from './harness/collector.mjs';
import { test } from './harness/test.mjs';
import { delivered, visitorOf } from './harness/visitor.mjs';
import { useWorld } from './harness/world.mjs';

const world = useWorld();

/** What Live View says of the dropped events of the one person that it shows. */
async function shown({ device, token }) {
  const page = await device.open(`${world.collector.url}/?token=${token}`);
  const text = await page.getByTestId('dropped').textContent();
  await page.close();
  return text.trim();
}

test('more than may wait: the newest are refused, and everybody hears of it', async (t) => {
  const visitor = await visitorOf(world, t);
  const page = await visitor.ready();
  await visitor.line.down();
  await page.evaluate(() => steps('e', 5100));
  await page.evaluate(() => steps('late', 50));
  assert.deepEqual(await page.evaluate(() => throughline.get_property('$dropped')), { outbox_full: 150 });
  assert.equal(page.warnings.length, 1, page.warnings.join());
  assert.match(page.warnings[0], /outbox_full/);
  await visitor.line.up();
  await visitor.reaches(5001, 60);
  await delivered(page);
  const events = await visitor.stored();
  const [told, ...more] = events.filter(({ event }) => event === '$dropped');
  assert.deepEqual([told.properties.outbox_full, more], [150, []]);
  visitor.accountOf(
    events.filter((event) => event !== told),
    sequence('e', 5000),
  );
  oneVisitor(events);
  assert.deepEqual(await page.evaluate(() => throughline.get_property('$dropped')), { outbox_full: 150 });
  assert.match(await shown(visitor), /150 dropped: 150 too many waited/);
});

test('an event that the collector refuses is set aside, by name, and the 49 beside it are stored', async (t) => {
  const visitor = await visitorOf(world, t);
  const page = await visitor.ready();
  await page.evaluate(() => {
    steps('a', 25);
    throughline.track('Step', { n: 'bad', time: 1e18 });
    steps('b', 24);
  });
  await until(async () => page.warnings.length > 0, 'a warning');
  await visitor.reaches(50);
  await delivered(page);
  const events = await visitor.stored();
  const [told, ...more] = events.filter(({ event }) => event === '$dropped');
  assert.deepEqual([told.properties.event_rejected, more], [1, []]);
  visitor.accountOf(
    events.filter((event) => event !== told),
    [...sequence('a', 25), ...sequence('b', 24)],
  );
  assert.equal(page.warnings.length, 1, page.warnings.join());
  assert.match(page.warnings[0], /event_rejected.*time/);
  assert.deepEqual(await page.evaluate(() => throughline.get_property('$dropped')), { event_rejected: 1 });
  assert.match(await shown(visitor), /1 dropped: 1 refused by the collector/);
});
