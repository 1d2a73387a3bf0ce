// The demo page and Live View, served by the collector.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { until } from './harness/collector.mjs';
import { useWorld } from './harness/world.mjs';

const world = useWorld();

/** The distinct people on show, newest event first. */
const people = (page) =>
  page.$$eval('[data-testid=event]', (rows) => [...new Set(rows.map((row) => row.dataset.person))]);
const rows = (page) =>
  page.$$eval('[data-testid=event]', (rows) =>
    rows.map(({ dataset }) => [dataset.event, dataset.distinctId, dataset.person]),
  );

async function press(page, testID, events) {
  await page.click(`[data-testid=${testID}]`);
  await until(async () => (await rows(page)).length >= events, `${events} events after ${testID}`);
}

test('the demo tells the story: one person until somebody logs out', async () => {
  const device = await world.device();
  const page = await device.open(`${world.collector.url}/?token=demo-story`);
  await press(page, 'browse', 1);
  const [[, original]] = await rows(page);
  await press(page, 'sign-up', 3);
  await press(page, 'keep-browsing', 4);
  await press(page, 'log-in', 6);
  assert.deepEqual(await people(page), [original]);
  await press(page, 'other-device', 9);
  const rated = (await rows(page)).find(([event]) => event === 'Item Rated');
  assert.deepEqual(rated, ['Item Rated', 'jane@example.com', original]);
  assert.equal((await people(page)).length, 2); // The phone's visit before the login stays its own.
  await press(page, 'log-out', 10);
  const [[, stranger, person]] = await rows(page);
  assert.equal(stranger, person);
  assert.notEqual(stranger, original);
  await until(
    async () => (await page.locator(`[data-testid=person][data-person="${original}"]`).textContent()).includes('jane@'),
    'the person card with the alias',
  );
  assert.deepEqual(device.problems, []);
});

const mistakes = {
  'identify-before-alias': 'alias_after_identify',
  'alias-twice': 'alias_twice',
  'alias-on-second-device': 'alias_taken',
  'mistyped-id': 'identify_resembles_alias',
  'no-reset': 'switch_without_reset',
  'reset-every-page': 'reset_every_page',
};

test('each classic mistake shows its warning and what it did', async () => {
  const device = await world.device();
  const page = await device.open(`${world.collector.url}/?token=demo-mistakes`);
  for (const [button, code] of Object.entries(mistakes)) {
    await page.click(`[data-testid=${button}]`);
    await page.waitForSelector(`[data-testid=warning][data-code=${code}] [data-testid=outcome]`);
  }
  assert.deepEqual(device.problems, []);
});

test('names, ids and properties full of HTML and script are shown harmlessly', async () => {
  const { collector } = world;
  const token = 'hostile';
  const evil = '<img src=x onerror="window.hacked=1"><script>window.hacked=1</script>"\'&\u202e\ud800🍵';
  await fetch(`${collector.url}/track/`, {
    method: 'POST',
    body: new URLSearchParams({
      data: JSON.stringify([
        { event: evil, properties: { token, distinct_id: evil, [evil]: evil } },
        { event: '$create_alias', properties: { token, distinct_id: evil, alias: `${evil}2` } },
      ]),
    }),
  });
  const device = await world.device();
  const page = await device.open(`${collector.url}/?token=${token}`);
  await page.waitForSelector('[data-testid=event]');
  await page.click('summary');
  await page.waitForSelector('[data-testid=person]');
  assert.equal(await page.evaluate(() => window.hacked), undefined);
  assert.equal(await page.evaluate(() => document.querySelectorAll('main img, main script').length), 0);
  assert.ok((await page.textContent('[data-testid=events]')).includes('<img src=x'));
  assert.deepEqual(device.problems, []);
});

test('a collector that goes away and comes back', async () => {
  const { collector } = world;
  const device = await world.device();
  const page = await device.open(`${collector.url}/?token=demo-back`);
  const state = () => page.getAttribute('[data-testid=connection]', 'data-state');
  await until(async () => (await state()) === 'live', 'live');
  await press(page, 'browse', 1);
  await collector.kill();
  await until(async () => (await state()) !== 'live', 'not live');
  await page.click('[data-testid=browse]');
  await collector.start();
  await until(async () => (await state()) === 'live', 'live again');
  await until(async () => (await rows(page)).length === 2, 'the event tracked meanwhile');
  assert.deepEqual(device.problems, []);
});
