// The main path: browse, sign up, log in on another device, log out. With a real browser and collector, on separate origins.

import assert from 'node:assert/strict';
import { test } from './harness/bounded-test.mjs';
import { useEnvironment } from './harness/environment.mjs';
import { scriptTag } from './harness/site.mjs';

const environment = useEnvironment();

test('one person from anonymous visitor through sign-up and login to the next device', async () => {
  const { collector, site } = environment;
  const token = environment.token();
  const url = site.page(
    '/shop.html',
    `${scriptTag(token, { api_host: collector.url })}<script>throughline.track('Page Opened')</script>`,
  );
  const laptop = await environment.device();
  const phone = await environment.device();

  const page = await laptop.open(url);
  const d1 = await page.evaluate(async () => {
    await throughline.ready;
    throughline.track('Item Viewed', { item: 7 });
    throughline.alias('U');
    throughline.track('Signed Up');
    throughline.identify('U');
    throughline.track('Item Bought');
    await throughline.flush();
    return throughline.get_distinct_id();
  });
  assert.match(d1, /^\$device:[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);

  const other = await phone.open(url);
  const [d2, u] = await other.evaluate(async () => {
    const anonymous = throughline.get_distinct_id();
    await throughline.ready;
    throughline.identify('U');
    throughline.track('Item Rated');
    await throughline.flush();
    return [anonymous, throughline.get_distinct_id()];
  });
  assert.equal(u, 'U');
  assert.notEqual(d2, d1);

  const events = await collector.stored(token, 9);
  const laptopEvents = events.filter(({ distinct_id }) => distinct_id === d1).map(({ event }) => event);
  assert.deepEqual(laptopEvents, ['Page Opened', 'Item Viewed', '$create_alias', 'Signed Up', 'Item Bought']);
  for (const { event, distinct_id, person } of events) assert.equal(person, distinct_id === d2 ? d2 : d1, event);

  const { ids } = await collector.person(token, 'U');
  assert.deepEqual(
    ids.map(({ distinct_id, joined }) => [distinct_id, joined]),
    [
      [d1, 'original'],
      ['U', 'alias'],
    ],
  );

  await page.reload();
  assert.equal(await page.evaluate(() => throughline.get_distinct_id()), d1);
  const tab = await laptop.open(url);
  assert.equal(await tab.evaluate(() => throughline.get_distinct_id()), d1);

  const { history, times } = await page.evaluate(async () => {
    await throughline.ready;
    const all = throughline.history();
    return {
      history: all.map(({ what, id, this_page }) => `${what} ${id} ${this_page}`),
      times: all.map(({ time }) => Date.now() - Date.parse(time)),
    };
  });
  assert.deepEqual(
    history,
    [`minted ${d1}`, 'alias U', 'identify U', 'alias_acknowledged U'].map((entry) => `${entry} false`),
  );
  for (const age of times) assert.ok(age >= 0 && age < 600_000, `${age}`);

  const d3 = await page.evaluate(async () => {
    await throughline.ready;
    throughline.reset();
    throughline.track('Somebody Else');
    await throughline.flush();
    return throughline.get_distinct_id();
  });
  assert.notEqual(d3, d1);
  // The next person on this device does not learn who used it before.
  assert.deepEqual(
    await page.evaluate(() => throughline.history().map(({ what, id, this_page }) => `${what} ${id} ${this_page}`)),
    [`reset ${d3} true`],
  );
  const later = await collector.events(token);
  assert.equal(later.find(({ event }) => event === 'Somebody Else').person, d3);

  assert.deepEqual([...page.warnings, ...other.warnings, ...tab.warnings], []);
  assert.deepEqual([...laptop.problems, ...phone.problems], []);
});
