// Dropped events are counted, cause one warning, are reported to the collector, and are shown in Live View.

import assert from 'node:assert/strict';
import { assertOneVisitor, stepNames } from './harness/assertions.mjs';
import { test } from './harness/bounded-test.mjs';
import { until } from './harness/collector.mjs';
import { useEnvironment } from './harness/environment.mjs';
import { createVisitor, waitForDelivery } from './harness/visitor.mjs';

const environment = useEnvironment();

/** Returns the text that Live View shows about the dropped events of its only person. */
async function shown({ device, token }) {
  const page = await device.open(`${environment.collector.url}/?token=${token}`);
  const text = await page.getByTestId('dropped').textContent();
  await page.close();
  return text.trim();
}

test('of more events than may wait, the newest are refused, counted and reported', async (t) => {
  const visitor = await createVisitor(environment, t);
  const page = await visitor.ready();
  await visitor.proxy.down();
  await page.evaluate(() => steps('e', 5100));
  await page.evaluate(() => steps('late', 50));
  assert.deepEqual(await page.evaluate(() => throughline.get_property('$dropped')), { outbox_full: 150 });
  assert.equal(page.warnings.length, 1, page.warnings.join());
  assert.match(page.warnings[0], /outbox_full/);
  await visitor.proxy.up();
  await visitor.waitForStored(5001, 60);
  await waitForDelivery(page);
  const events = await visitor.stored();
  const [told, ...more] = events.filter(({ event }) => event === '$dropped');
  assert.deepEqual([told.properties.outbox_full, more], [150, []]);
  visitor.assertStoredEvents(
    events.filter((event) => event !== told),
    stepNames('e', 5000),
  );
  assertOneVisitor(events);
  assert.deepEqual(await page.evaluate(() => throughline.get_property('$dropped')), { outbox_full: 150 });
  assert.match(await shown(visitor), /150 dropped: 150 too many waited/);
});

test('an event that the collector rejects is dropped with a warning that names it, and the 49 others of its batch are stored', async (t) => {
  const visitor = await createVisitor(environment, t);
  const page = await visitor.ready();
  await page.evaluate(() => {
    steps('a', 25);
    throughline.track('Step', { n: 'bad', time: 1e25 });
    steps('b', 24);
  });
  await until(async () => page.warnings.length > 0, 'a warning');
  await visitor.waitForStored(50);
  await waitForDelivery(page);
  const events = await visitor.stored();
  const [told, ...more] = events.filter(({ event }) => event === '$dropped');
  assert.deepEqual([told.properties.event_rejected, more], [1, []]);
  visitor.assertStoredEvents(
    events.filter((event) => event !== told),
    [...stepNames('a', 25), ...stepNames('b', 24)],
  );
  assert.equal(page.warnings.length, 1, page.warnings.join());
  assert.match(page.warnings[0], /event_rejected.*time/);
  assert.deepEqual(await page.evaluate(() => throughline.get_property('$dropped')), { event_rejected: 1 });
  assert.match(await shown(visitor), /1 dropped: 1 refused by the collector/);
});
