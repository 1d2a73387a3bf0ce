// Live View: it shows the events of a project correctly, whatever the collector and the events do.

import assert from 'node:assert/strict';
import { after } from 'node:test';
import { test } from './harness/bounded-test.mjs';
import { startCollector, until } from './harness/collector.mjs';
import { openDemo, pressAndWait, rows, sendEvents, waitForConnection, waitForRows } from './harness/demo-page.mjs';
import { useEnvironment } from './harness/environment.mjs';
import { before } from './harness/ordered-hooks.mjs';

const environment = useEnvironment();

const event = (token, name, id, properties = {}) => ({
  event: name,
  properties: { token, distinct_id: id, ...properties },
});

/** Opens Live View of a project, without the demo. */
async function openAlone(device, url, token, query = '') {
  return device.open(`${url}/?token=${encodeURIComponent(token)}${query}`);
}

test('Live View without the demo shows any project from its first event on', async () => {
  const { collector } = environment;
  const token = environment.token();
  const device = await environment.device();
  const page = await openAlone(device, collector.url, token);
  await page.waitForSelector('[data-testid=status-message][data-kind=empty]');
  assert.ok((await page.getByTestId('status-message').textContent()).includes(`throughline.init('${token}'`));
  assert.equal(await page.getByTestId('site').isVisible(), false);
  assert.equal(await page.evaluate(() => 'throughline' in window), false, 'nobody tracks who only looks');
  await sendEvents(collector, [event(token, 'Hello', 'H', { plan: 'gold', $os: 'Linux' })]);
  const [row] = await waitForRows(page, 1);
  assert.ok(row.text.includes('plan: gold') && !row.text.includes('Linux'), row.text);
  assert.equal(await page.getByTestId('status-message').isVisible(), false);
  await page.getByRole('button', { name: 'Hello' }).click();
  assert.deepEqual(JSON.parse(await page.getByTestId('event-json').textContent()).plan, 'gold');
  await page.getByTestId('details-close').click();
  assert.deepEqual(device.problems, []);
});

test('the demo links to Live View of the same project', async () => {
  const token = environment.token();
  const device = await environment.device();
  const page = await openDemo(device, environment.collector, token);
  await pressAndWait(page, 'browse', 1);
  const opened = device.context.waitForEvent('page');
  await page.getByRole('link', { name: 'Live View alone' }).click();
  const alone = await opened;
  await waitForRows(alone, 1);
  assert.equal(await alone.getByTestId('token').textContent(), token);
  assert.deepEqual(device.problems, []);
});

test('an alias that arrives late moves the rows, with their colour, to the right person', async () => {
  const { collector } = environment;
  const token = environment.token();
  const device = await environment.device();
  await sendEvents(collector, [event(token, 'Browsed', 'D1'), event(token, 'Bought', 'U')]);
  const page = await openAlone(device, collector.url, token);
  const [bought, browsed] = await waitForRows(page, 2);
  assert.notEqual(bought.mark, browsed.mark);
  await sendEvents(collector, [event(token, '$create_alias', 'D1', { alias: 'U' })]);
  await until(async () => (await rows(page)).every(({ person }) => person === 'D1'), 'all rows are of D1');
  assert.deepEqual(new Set((await rows(page)).map(({ mark }) => mark)), new Set([browsed.mark]));
  await until(async () => (await page.getByTestId('person-card').count()) === 1, 'one card');
  assert.deepEqual(device.problems, []);
});

test('a second device whose clock is slow does not take over the alias, and the cards show the conflict', async () => {
  const { collector } = environment;
  const token = environment.token();
  const laptop = await environment.device();
  const page = await openDemo(laptop, collector, token);
  const [viewed] = await pressAndWait(page, 'browse', 1);
  await pressAndWait(page, 'sign-up', 2);
  const alias = await page.getByTestId('account').inputValue();

  const phone = await environment.device();
  await phone.context.addInitScript(() => {
    const now = Date.now;
    Date.now = () => now() - 480_000;
  });
  const second = await openDemo(phone, collector, token);
  const own = await second.evaluate((id) => {
    const before = window.throughline.get_distinct_id();
    window.throughline.alias(id);
    return before;
  }, alias);
  await waitForRows(page, 4); // When the phone learns that the alias is taken, it goes on as the owner.
  const [earlier, later] = (await collector.events(token)).filter(({ event }) => event === '$create_alias');
  assert.deepEqual([later.distinct_id, earlier.distinct_id], [own, viewed.distinctId]);
  assert.ok(earlier.time - later.time > 400_000, 'the phone is eight minutes behind, too little to be corrected');

  const conflictOf = (id) => page.locator(`[data-testid=person-card][data-person="${id}"] [data-testid=conflict]`);
  for (const person of [own, viewed.distinctId]) {
    await conflictOf(person).waitFor();
    const text = await conflictOf(person).textContent();
    const [loser, owner] = [own, viewed.distinctId].map((id) => id.slice(0, '$device:123456'.length));
    assert.ok(text.startsWith(`${loser}… also claimed ${alias}, which stays with ${owner}…: `), text);
    assert.match(text, /accepted that claim first, though the clock of the later one showed /);
  }
  const shown = await rows(page);
  assert.equal(shown.find(({ event }) => event === 'Item Viewed').person, viewed.distinctId);
  assert.deepEqual(
    (await collector.person(token, alias)).ids.map(({ distinct_id }) => distinct_id),
    [viewed.distinctId, alias],
  );
  await second.waitForSelector('[data-testid=warning-panel] >> text=alias_taken');
  const warned = await second.locator('[data-testid=warning-panel]').textContent();
  assert.ok(warned.includes(own) && !warned.includes(viewed.distinctId), warned); // The claimant is not told whose it is.
  assert.deepEqual([laptop.problems, phone.problems], [[], []]);
});

test('an event from a device whose clock is days ahead says so, and does not lead the list', async () => {
  const { collector } = environment;
  const token = environment.token();
  await sendEvents(collector, [event(token, 'Ahead', 'd1', { time: Date.now() + 5 * 86_400_000 })]);
  await sendEvents(collector, [event(token, 'Now', 'd2')]);
  const device = await environment.device();
  const page = await openAlone(device, collector.url, token);
  assert.deepEqual(
    (await waitForRows(page, 2)).map(({ event }) => event),
    ['Now', 'Ahead'],
  );
  for (const [name, isAhead] of [
    ['Ahead', true],
    ['Now', false],
  ]) {
    await page.getByTestId('events').getByRole('button', { name }).click();
    const details = await page.locator('#details-content').textContent();
    assert.equal(details.includes('more than a day ahead'), isAhead, details);
    await page.getByTestId('details-close').click();
  }
  assert.deepEqual(device.problems, []);
});

test('names, ids and properties that contain HTML and scripts are shown as text', async () => {
  const { collector } = environment;
  const evil = '<img src=x onerror="window.hacked=1"><script>window.hacked=1</script>"\'&\u202e\ud83c\udf75';
  const token = `hostile ${evil}`;
  await sendEvents(collector, [
    event(token, evil, evil, { [evil]: evil, nested: { __proto__: null, [evil]: [evil] } }),
    event(token, '$create_alias', evil, { alias: `${evil}2` }),
    event(token, '$create_alias', `${evil}3`, { alias: `${evil}2` }),
    event(token, '$dropped', evil, { outbox_full: evil, event_rejected: 2 }),
    event(token, '$identify', `${evil}2`, { toString: 1, constructor: 'x' }),
    event(token, '__proto__', '__proto__', { time: 1e9 }),
    event(token, 'constructor', 'constructor', { hasOwnProperty: 1 }),
  ]);
  const device = await environment.device();
  const page = await openAlone(device, collector.url, token);
  const shown = await waitForRows(page, 7);
  assert.ok(shown.some(({ event, distinctId }) => event === evil && distinctId === evil));
  await page.waitForSelector('[data-testid=conflict]');
  await page.waitForSelector('[data-testid=dropped]');
  for (const button of await page.getByTestId('events').getByRole('button').all()) {
    await button.click();
    await page.keyboard.press('Escape');
  }
  for (const card of await page.getByTestId('person-open').all()) {
    await card.click();
    await page.keyboard.press('Escape');
  }
  await page.getByTestId('search').fill('<img src=x');
  await page.getByTestId('search').fill('');
  assert.equal(await page.evaluate(() => window.hacked), undefined);
  assert.equal(await page.locator('body :is(img, script, iframe)').count(), 0);
  assert.equal(await page.getByTestId('token').textContent(), token);
  assert.deepEqual(device.problems, []);
});

test('when the collector was down, no event is missing or doubled afterwards', async () => {
  const { collector } = environment;
  const token = environment.token();
  const device = await environment.device();
  const page = await openDemo(device, collector, token);
  await pressAndWait(page, 'browse', 1);
  await collector.kill();
  await waitForConnection(page, 'down');
  assert.match(await page.getByTestId('status-message').textContent(), /does not answer/);
  assert.equal((await rows(page)).length, 1, 'what was there stays');
  await page.getByTestId('sign-up').click();
  await page.getByTestId('keep-browsing').click();
  await page.getByTestId('retry').click();
  await waitForConnection(page, 'down');
  await collector.start();
  await sendEvents(collector, [event(token, 'Elsewhere', 'X')]);
  await waitForConnection(page, 'live');
  const shown = await waitForRows(page, 4);
  assert.deepEqual(
    shown.map(({ event }) => event).sort(),
    ['$create_alias', 'Elsewhere', 'Item Added', 'Item Viewed'].sort(),
  );
  assert.equal(await page.getByTestId('status-message').isVisible(), false);
  const stored = await collector.events(token);
  assert.equal(stored.length, 4);
  await sendEvents(collector, [event(token, 'After', 'X')]);
  assert.equal((await waitForRows(page, 5))[0].event, 'After');
  assert.deepEqual(device.problems, []);
});

test('when more events than a page were missed, the list has no gap', async () => {
  const { collector } = environment;
  const token = environment.token();
  const device = await environment.device();
  await sendEvents(collector, [event(token, 'Before', 'p')]);
  const page = await openAlone(device, collector.url, token);
  await waitForRows(page, 1);
  await device.context.route('**/api/live*', (route) => route.abort());
  await collector.kill();
  await waitForConnection(page, 'down');
  await collector.start();
  const names = Array.from({ length: 250 }, (_, i) => `E${i}`);
  await sendEvents(
    collector,
    names.map((name) => event(token, name, 'p')),
  );
  await device.context.unroute('**/api/live*');
  await waitForConnection(page, 'live');
  const shown = async (count) => (await waitForRows(page, count)).map(({ event }) => event);
  assert.deepEqual(await shown(200), names.slice(-200).reverse());
  await page.getByTestId('older').click();
  assert.deepEqual(await shown(251), ['Before', ...names].reverse());
  assert.deepEqual(device.problems, []);
});

test('search and following a person show what matches, and can be cleared', async () => {
  const { collector } = environment;
  const token = environment.token();
  await sendEvents(collector, [
    event(token, 'Tea Bought', 'ann'),
    event(token, 'Tea Bought', 'bob'),
    event(token, 'Left', 'ann'),
  ]);
  const device = await environment.device();
  const page = await openAlone(device, collector.url, token);
  await waitForRows(page, 3);
  const search = page.getByLabel('Search events and ids');
  await search.fill('tea b');
  assert.deepEqual(new Set((await waitForRows(page, 2)).map(({ event }) => event)), new Set(['Tea Bought']));
  await search.fill('BOB');
  assert.equal((await waitForRows(page, 1))[0].distinctId, 'bob');
  await sendEvents(collector, [event(token, 'Left', 'ann'), event(token, 'Left', 'bob')]);
  await waitForRows(page, 2);
  await search.fill('nobody has this');
  await page.waitForSelector('[data-testid=status-message][data-kind=nothing-matches]');
  await page.getByTestId('clear-filter').click();
  await waitForRows(page, 5);
  await page.locator('[data-testid=person-card][data-person=ann]').getByTestId('person-follow').click();
  assert.ok((await waitForRows(page, 3)).every(({ person }) => person === 'ann'));
  await page.getByTestId('unfollow').click();
  await waitForRows(page, 5);
  assert.deepEqual(device.problems, []);
});

test('while paused the rows do not change, and new events are counted and shown afterwards', async () => {
  const { collector } = environment;
  const token = environment.token();
  await sendEvents(collector, [event(token, 'Before', 'ann')]);
  const device = await environment.device();
  const page = await openAlone(device, collector.url, token);
  await waitForRows(page, 1);
  const pause = page.getByTestId('pause');
  await pause.click();
  await waitForConnection(page, 'paused');
  assert.equal(await pause.getAttribute('aria-pressed'), 'true');
  await sendEvents(collector, [event(token, 'One', 'ann'), event(token, 'Two', 'eve')]);
  await until(async () => (await pause.textContent()) === 'Resume (2 new)', 'both are counted');
  assert.deepEqual(
    (await rows(page)).map(({ event }) => event),
    ['Before'],
  );
  await pause.click();
  await waitForConnection(page, 'live');
  assert.equal((await waitForRows(page, 3)).at(-1).event, 'Before');
  assert.deepEqual(device.problems, []);
});

test('of many events the newest are shown first and older ones on request, each once and in order', async () => {
  const { collector } = environment;
  const token = environment.token();
  const names = Array.from({ length: 450 }, (_, i) => `E${i}`);
  await sendEvents(
    collector,
    names.map((name, i) => event(token, name, `p${i % 30}`)),
  );
  const device = await environment.device();
  const page = await openAlone(device, collector.url, token);
  const shown = async (count) => (await waitForRows(page, count)).map(({ event }) => event);
  assert.deepEqual(await shown(200), names.slice(-200).reverse());
  assert.match(await page.getByTestId('more-people').textContent(), /and 18 more people/);
  await page.getByTestId('older').click();
  assert.deepEqual(await shown(400), names.slice(-400).reverse());
  await page.getByTestId('older').click();
  assert.deepEqual(await shown(450), names.toReversed());
  await page.getByTestId('older').waitFor({ state: 'hidden' });
  assert.deepEqual(device.problems, []);
});

test('when more events than a page arrive while it is open, all can be shown', async () => {
  const { collector } = environment;
  const token = environment.token();
  const device = await environment.device();
  const page = await openAlone(device, collector.url, token);
  await page.waitForSelector('[data-testid=status-message][data-kind=empty]');
  const names = Array.from({ length: 250 }, (_, i) => `E${i}`);
  await sendEvents(
    collector,
    names.map((name) => event(token, name, 'p')),
  );
  await until(async () => (await rows(page))[0]?.event === 'E249', 'the newest');
  await waitForRows(page, 200);
  await page.getByTestId('older').click();
  assert.deepEqual(
    (await waitForRows(page, 250)).map(({ event }) => event),
    names.toReversed(),
  );
  await page.getByTestId('older').waitFor({ state: 'hidden' });
  assert.deepEqual(device.problems, []);
});

test('after very many events the newest are shown, each once and without a gap, and the page responds', async () => {
  const { collector } = environment;
  const token = environment.token();
  const device = await environment.device();
  const page = await openAlone(device, collector.url, token);
  await page.waitForSelector('[data-testid=status-message][data-kind=empty]');
  const all = 30_000;
  const events = Array.from({ length: all }, (_, i) => event(token, `E${i}`, `p${i % 700}`));
  await sendEvents(collector, events, 1000);
  await until(async () => (await rows(page))[0]?.event === `E${all - 1}`, 'the newest', undefined, 60);
  for (let shown = 200; shown < 1000; shown += 200) {
    await waitForRows(page, shown);
    await page.getByTestId('older').click();
  }
  assert.deepEqual(
    (await waitForRows(page, 1000)).map(({ event }) => event),
    Array.from({ length: 1000 }, (_, i) => `E${all - 1 - i}`),
  );
  await page.getByTestId('older').waitFor({ state: 'hidden' });
  assert.deepEqual(device.problems, []);
});

test('when the collector returns fewer events because they are large, the others are shown on request', async () => {
  const { collector } = environment;
  const token = environment.token();
  const names = Array.from({ length: 12 }, (_, i) => `Large ${i}`);
  for (const name of names) await sendEvents(collector, [event(token, name, 'p', { text: 'x'.repeat(1_900_000) })]);
  const answer = await fetch(`${collector.url}/api/events?token=${token}&limit=1000`);
  const { length } = (await answer.json()).events;
  assert.ok(length < names.length, `${length} at once`);
  const device = await environment.device();
  const page = await openAlone(device, collector.url, token);
  let shown = await waitForRows(page, length);
  while (shown.length < names.length) {
    await page.getByTestId('older').click();
    shown = await waitForRows(page, Math.min(shown.length + length, names.length));
  }
  assert.deepEqual(
    shown.map(({ event }) => event),
    names.toReversed(),
  );
  await page.getByTestId('older').waitFor({ state: 'hidden' });
  assert.deepEqual(device.problems, []);
});

let guarded;
before(async () => {
  guarded = await startCollector(['--read-key', 'the right key']);
});
after(() => guarded?.stop());

test('if reading needs a key, Live View asks for it, and keeps it until the tab is closed', async () => {
  await sendEvents(guarded, [event('secret', 'Hello', 'H')]);
  const device = await environment.device();
  const page = await openAlone(device, guarded.url, 'secret');
  await waitForConnection(page, 'locked');
  assert.equal(
    await page
      .getByTestId('connection')
      .textContent()
      .then((text) => text.trim()),
    'Key needed',
  );
  const key = page.getByLabel('Read key');
  await key.fill('a wrong key');
  const refused = page.waitForResponse((response) => response.url().includes('/api/live') && response.status() >= 400);
  await page.keyboard.press('Enter');
  await refused;
  await page.getByText('That is not the key.').waitFor();
  assert.ok(await key.evaluate((input) => input === document.activeElement));
  await key.fill('the right key');
  await page.keyboard.press('Enter');
  await waitForConnection(page, 'live');
  await waitForRows(page, 1);
  await page.reload();
  await waitForRows(page, 1);
  const elsewhere = await openAlone(await environment.device(), guarded.url, 'secret');
  await waitForConnection(elsewhere, 'locked');
  assert.deepEqual(await rows(elsewhere), []);
  assert.deepEqual(device.problems, []);
});

test('if access is denied, Live View says why, and asks for no key', async () => {
  const device = await environment.device();
  const why = 'reading is open on this machine only';
  await device.context.route('**/api/*', (route) => route.fulfill({ status: 403, json: { error: why } }));
  const page = await openAlone(device, environment.collector.url, environment.token());
  await waitForConnection(page, 'denied');
  assert.ok((await page.getByTestId('status-message').textContent()).includes(why));
  assert.equal(await page.getByTestId('key').count(), 0);
  assert.deepEqual(device.problems, []);
});

test('a key in the address is used, and removed from the address', async () => {
  await sendEvents(guarded, [event('shared', 'Hello', 'H')]);
  const device = await environment.device();
  const page = await openAlone(device, guarded.url, 'shared', '&key=the+right+key');
  await waitForRows(page, 1);
  assert.equal(new URL(page.url()).search, '?token=shared');
  assert.deepEqual(device.problems, []);
});
