// Several tabs and frames of one visitor: they share one id, and what they do at the same time is not lost.

import assert from 'node:assert/strict';
import { assertOneVisitor, stepNames } from './harness/assertions.mjs';
import { test } from './harness/bounded-test.mjs';
import { until } from './harness/collector.mjs';
import { useEnvironment } from './harness/environment.mjs';
import { scriptTag } from './harness/site.mjs';
import { createVisitor, stepsScript, waitForDelivery } from './harness/visitor.mjs';

const environment = useEnvironment();
const rounds = 5; // In each part. There are several parts so that none reaches its time limit on a slow machine.
const parts = [1, 2, 3, 4];

const ids = (pages) => Promise.all(pages.map((page) => page.evaluate(() => throughline.get_distinct_id())));

/** Waits until all pages have the same distinct_id: storage events between tabs take a moment. */
async function agree(pages, ask) {
  let answers;
  await until(
    async () => {
      answers = await Promise.all(pages.map((page) => page.evaluate(ask)));
      return new Set(answers.map((answer) => JSON.stringify(answer))).size === 1;
    },
    'the tabs agree',
    () => JSON.stringify(answers),
  );
  return answers[0];
}

for (const [tabs, part] of [2, 8].flatMap((tabs) => parts.map((part) => [tabs, part]))) {
  test(`${tabs} tabs opened at once on a new profile are one visitor, ${rounds} times, part ${part}`, async (t) => {
    const visitor = await createVisitor(environment, t);
    for (let round = 0; round < rounds; round++) {
      const { token, url, open, close } = await visitor.newVisitor();
      const pages = await Promise.all(
        Array.from({ length: tabs }, async (_, tab) => {
          const page = await open(url);
          await page.evaluate((tab) => steps(`${tab}-`, 3), tab);
          return page;
        }),
      );
      await Promise.all(pages.map((page) => page.evaluate(() => throughline.ready)));
      await Promise.all(pages.map((page, tab) => page.evaluate((tab) => steps(`late${tab}-`, 2), tab)));
      await Promise.all(pages.map(waitForDelivery));
      const id = assertOneVisitor(
        await visitor.assertStored(
          pages.flatMap((_, tab) => [...stepNames(`${tab}-`, 3), ...stepNames(`late${tab}-`, 2)]),
          token,
        ),
      );
      assert.deepEqual([...new Set(await ids(pages))], [id]);
      assert.deepEqual(
        pages.flatMap(({ warnings }) => warnings),
        [],
      );
      await close();
    }
  });
}

test('frames of the same origin are one visitor, also on a new profile', async (t) => {
  const visitor = await createVisitor(environment, t);
  visitor.page('frame.html', '<script>steps("frame" + location.hash.slice(1) + "-", 5)</script>');
  const frames = [1, 2, 3].map((n) => `<iframe src="frame.html#${n}"></iframe>`).join('');
  const page = await visitor.open(visitor.page('frames.html', `${frames}<script>steps("top", 5)</script>`));
  await Promise.all(page.frames().map((frame) => frame.evaluate(() => throughline.ready)));
  await Promise.all(page.frames().map(waitForDelivery));
  const events = await visitor.assertStored(
    ['top', 'frame1-', 'frame2-', 'frame3-'].flatMap((mark) => stepNames(mark, 5)),
  );
  assert.deepEqual([...new Set(await ids(page.frames()))], [assertOneVisitor(events)]);
});

test('a new tab that is left before the core runs sends its events for the visitor that another new tab has created', async (t) => {
  const visitor = await createVisitor(environment, t);
  environment.site.answers['/held.wasm'] = () => {};
  const left = await visitor.open(visitor.page('left.html', '', { wasm_url: '/held.wasm' }));
  await left.evaluate(() => steps('left', 3));
  const minted = await left.evaluate(() => throughline.get_distinct_id());
  // The process of this tab does not see yet what the other one has stored.
  const other = await visitor.device.context.newPage();
  await other.addInitScript(() => {
    const { getItem } = Storage.prototype;
    Storage.prototype.getItem = function (key) {
      return document.readyState === 'loading' && key.startsWith('tl_') ? null : getItem.call(this, key);
    };
  });
  await other.goto(visitor.url);
  await other.evaluate(() => throughline.ready);
  await other.evaluate(() => steps('other', 3));
  await waitForDelivery(other);
  const settled = await other.evaluate(() => throughline.get_distinct_id());
  assert.notEqual(settled, minted);
  await left.waitForFunction((id) => Object.values(localStorage).some((text) => text.includes(id)), settled);
  await left.close();
  await visitor.waitForStored(6);
  await visitor.deliverAll();
  const events = await visitor.assertStored([...stepNames('left', 3), ...stepNames('other', 3)]);
  assert.equal(assertOneVisitor(events), settled);
});

test('super properties that two tabs register at the same time are both kept', async (t) => {
  const visitor = await createVisitor(environment, t);
  const pages = [await visitor.ready(), await visitor.ready()];
  for (let round = 0; round < 10; round++) {
    await Promise.all(
      pages.map((page, tab) =>
        page.evaluate(([tab, round]) => throughline.register({ [`tab${tab}_${round}`]: round }), [tab, round]),
      ),
    );
  }
  const names = Array.from({ length: 10 }, (_, round) => [`tab0_${round}`, `tab1_${round}`]).flat();
  await agree(pages, `JSON.stringify(${JSON.stringify(names)}.map((name) => throughline.get_property(name)))`);
  await Promise.all(pages.map((page, tab) => page.evaluate((tab) => steps(`${tab}-`, 1), tab)));
  await Promise.all(pages.map(waitForDelivery));
  for (const { properties } of await visitor.assertStored(['0-0', '1-0']))
    for (const name of names) assert.equal(properties[name], Number(name.split('_')[1]), name);
});

test('super properties that two new tabs register before the core runs are both kept', async (t) => {
  const visitor = await createVisitor(environment, t);
  const register = (name) => visitor.page(`${name}.html`, `<script>throughline.register({ ${name}: true })</script>`);
  const pages = await Promise.all([register('left'), register('right')].map((url) => visitor.ready(url)));
  const known = await agree(pages, '[throughline.get_property("left"), throughline.get_property("right")]');
  assert.deepEqual(known, [true, true]);
});

test('a reset in one tab while another tracks creates one new id, which both tabs use', async (t) => {
  const visitor = await createVisitor(environment, t);
  const pages = [await visitor.ready(), await visitor.ready()];
  const [tracking, resetting] = pages;
  const seen = new Set([await agree(pages, 'throughline.get_distinct_id()')]);
  const expected = [];
  for (let round = 0; round < 5; round++) {
    const [, after] = await Promise.all([
      tracking.evaluate(async (mark) => {
        for (let n = 0; n < 40; n++) {
          throughline.track('Step', { n: mark + n });
          await new Promise((resolve) => setTimeout(resolve, 1));
        }
      }, `${round}-`),
      resetting.evaluate(() => {
        throughline.reset();
        throughline.track('Step', { n: `reset${performance.now()}` });
        return throughline.get_distinct_id();
      }),
    ]);
    assert.ok(!seen.has(after), 'reset gives a new id');
    seen.add(after);
    expected.push(...stepNames(`${round}-`, 40));
    assert.equal(await agree(pages, 'throughline.get_distinct_id()'), after);
  }
  await Promise.all(pages.map(waitForDelivery));
  const events = await visitor.stored();
  visitor.assertStoredEvents(
    events.filter(({ properties }) => !properties.n.startsWith('reset')),
    expected,
  );
  assert.equal(events.length, expected.length + 5);
  const order = [...seen];
  for (const { distinct_id, properties } of events) {
    const round = order.indexOf(distinct_id);
    assert.ok(round >= 0, `a third id: ${distinct_id}`);
    if (properties.n.startsWith('reset')) continue;
    const mine = Number(properties.n.split('-')[0]);
    assert.ok(round === mine || round === mine + 1, `${properties.n} belongs to round ${round}`);
  }
});

test('a login in one tab takes effect in the other', async (t) => {
  const visitor = await createVisitor(environment, t);
  const pages = [await visitor.ready(), await visitor.ready()];
  await pages[0].evaluate(() => throughline.identify('U'));
  assert.equal(await agree(pages, 'throughline.get_distinct_id()'), 'U');
  await pages[1].evaluate(() => steps('e', 3));
  await waitForDelivery(pages[1]);
  const events = (await visitor.stored()).filter(({ event }) => event === 'Step');
  visitor.assertStoredEvents(events, stepNames('e', 3));
  for (const { distinct_id } of events) assert.equal(distinct_id, 'U');
});

test('if a tab is killed, another tab delivers its events', async (t) => {
  const visitor = await createVisitor(environment, t);
  const [dying, living] = [await visitor.ready(), await visitor.ready()];
  await visitor.proxy.down();
  await dying.evaluate(() => steps('dead', 30));
  await living.evaluate(() => steps('alive', 30));
  await dying.close();
  await visitor.proxy.up();
  await visitor.waitForStored(60, 90); // A tab counts as ended only when it has not written for half a minute.
  assertOneVisitor(await visitor.assertStored([...stepNames('dead', 30), ...stepNames('alive', 30)]));
});

test('if a tab is killed, an idle tab delivers its events', async (t) => {
  const visitor = await createVisitor(environment, t);
  const [dying, idle] = [await visitor.ready(), await visitor.ready()];
  await dying.evaluate(() => steps('first', 1));
  for (const page of [dying, idle]) await waitForDelivery(page);
  await idle.waitForTimeout(1000); // Until it no longer writes the record.
  await visitor.proxy.down();
  await dying.evaluate(() => steps('dead', 30));
  await dying.close();
  await visitor.proxy.up();
  await visitor.waitForStored(31, 90);
  assertOneVisitor(await visitor.assertStored([...stepNames('first', 1), ...stepNames('dead', 30)]));
});

test('of several tabs that open together, one makes the calls of a tab that ended before its core ran', async (t) => {
  const visitor = await createVisitor(environment, t);
  const waiting = [];
  environment.site.answers['/together.wasm'] = (_request, response) => waiting.push(response);
  // Each gets its own address, because the browser requests the same address one after the other.
  const page = (n) => visitor.page(`${n}.html`, '', { wasm_url: `/together.wasm?${n}` });
  for (let round = 0; round < 5; round++) {
    const dead = await visitor.open(page(0));
    await dead.evaluate((round) => {
      throughline.reset();
      steps(`${round}-`, 5);
    }, round);
    await visitor.device.killTabs(dead);
    await dead.close();
    waiting.length = 0;
    const pages = await Promise.all([1, 2, 3, 4].map((n) => visitor.open(page(n))));
    await until(() => waiting.length === pages.length, 'all tabs wait for the core');
    for (const response of waiting) response.writeHead(307, { Location: '/lib/throughline.wasm' }).end();
    await Promise.all(pages.map((page) => page.evaluate(() => throughline.ready)));
    await Promise.all(pages.map(waitForDelivery));
    const events = await visitor.assertStored(
      Array.from({ length: round + 1 }, (_, earlier) => stepNames(`${earlier}-`, 5)).flat(),
    );
    const id = assertOneVisitor(events.filter(({ properties }) => properties.n.startsWith(`${round}-`)));
    assert.equal(await agree(pages, 'throughline.get_distinct_id()'), id);
    await Promise.all(pages.map((page) => page.close()));
  }
});

test('a tab whose first calls were taken over by another tab, before it held its lock, loses none of the later ones', async (t) => {
  const visitor = await createVisitor(environment, t);
  environment.site.answers['/never-yet.wasm'] = () => {};
  t.after(() => delete environment.site.answers['/never-yet.wasm']);
  // The lock is granted late, and beacons are refused.
  const late = `
    navigator.sendBeacon = () => true;
    const { request } = LockManager.prototype;
    LockManager.prototype.request = function (name, ...rest) {
      return String(name).startsWith('tlq_')
        ? new Promise((resolve) => setTimeout(resolve, 60_000)).then(() => request.call(this, name, ...rest))
        : request.call(this, name, ...rest);
    };`;
  const url = environment.site.page(
    `/${visitor.token}/late-lock.html`,
    `<script>${late}</script>${scriptTag(visitor.token, { api_host: visitor.proxy.url, wasm_url: '/never-yet.wasm' })}${stepsScript}`,
  );
  const other = await visitor.open(url);
  const next = await visitor.deliverAll(); // Takes over the calls that the other tab has stored so far.
  await other.evaluate(() => steps('e', 1));
  await other.evaluate(() => steps('f', 23));
  await other.close();
  await next.waitForTimeout(5500); // Until it releases the lock.
  await visitor.deliverAll();
  assertOneVisitor(await visitor.assertStored([...stepNames('e', 1), ...stepNames('f', 23)]));
});
