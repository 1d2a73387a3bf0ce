// A page's life beside coming and going: the back/forward cache, prerendering, frozen tabs, a line that fails on leaving.

import assert from 'node:assert/strict';
import { oneVisitor, sequence } from './harness/accounting.mjs';
import { until } from './harness/collector.mjs';
import { never, pass, reset, status } from './harness/flaky.mjs';
import { test } from './harness/test.mjs';
import { delivered, visitorOf } from './harness/visitor.mjs';
import { useWorld } from './harness/world.mjs';

const world = useWorld();

// Playwright switches the back/forward cache off; these pages need it.
const caching = { ignoreDefaultArgs: ['--disable-back-forward-cache'] };

test('into the back/forward cache and back: the page goes on as the same visitor', async (t) => {
  const visitor = await visitorOf(world, t, {
    device: caching,
    html: `<script>addEventListener('pageshow', ({ persisted }) => { window.cached = persisted; });</script>`,
  });
  const page = await visitor.ready();
  // Now and then Chromium does not cache a page left in its first moments, and says no reason; leaving then is delivery-leaving's.
  await page.waitForTimeout(500);
  for (const round of [0, 1, 2]) {
    await page.evaluate((round) => {
      steps(`${round}-`, 20);
      window.location = document.querySelector('a').href;
    }, round);
    await page.waitForURL('**/away.html');
    await visitor.reaches(40 * round + 20); // Without the page's help.
    await page.goBack({ waitUntil: 'commit' });
    await page.waitForFunction(() => window.cached === true);
    await page.evaluate((round) => steps(`back${round}-`, 20), round);
    await delivered(page);
  }
  oneVisitor(await visitor.account([0, 1, 2].flatMap((n) => [...sequence(`${n}-`, 20), ...sequence(`back${n}-`, 20)])));
  assert.deepEqual(page.warnings, []);
});

test('a page in the back/forward cache while the line was down delivers when it is back', async (t) => {
  const visitor = await visitorOf(world, t, { device: caching });
  const page = await visitor.ready();
  await visitor.line.down();
  await page.evaluate(() => {
    steps('e', 50);
    window.location = document.querySelector('a').href;
  });
  await page.waitForURL('**/away.html');
  await visitor.line.up();
  await page.goBack({ waitUntil: 'commit' });
  await visitor.reaches(50);
  oneVisitor(await visitor.account(sequence('e', 50)));
});

/**
 * A page that has another one prerendered. DevTools switch prerendering off, so nobody drives this browser: the pages themselves ask
 * the site for `ran`, `counted`, `shown` and `failed`, and the first one goes on when the answer to `counted` comes.
 */
async function prerendering(t) {
  const visitor = await visitorOf(world, t, {
    before:
      "addEventListener('error', () => fetch('failed')), addEventListener('unhandledrejection', () => fetch('failed'))",
  });
  const { answers, asked } = world.site;
  const path = (name) => `/${visitor.token}/${name}`;
  for (const name of ['ran', 'shown', 'failed']) answers[path(name)] = (_request, response) => response.end();
  const held = new Promise((resolve) => {
    answers[path('counted')] = (_request, response) => resolve(() => response.end());
  });
  const next = visitor.page(
    'next.html',
    `<script>
      steps('next', 3);
      throughline.init('beside', throughline.get_config(), 'beside');
      throughline.flush();
      if (document.prerendering) fetch('ran');
      document.addEventListener('prerenderingchange', async () => {
        await throughline.ready;
        if (await throughline.flush()) fetch('shown');
      });
    </script>`,
  );
  const rules = JSON.stringify({ prerender: [{ urls: [next], eagerness: 'immediate' }] });
  const first = visitor.page(
    'first.html',
    `<script type="speculationrules">${rules}</script><a id="next" href="${next}">next</a><script>(async () => {
      await throughline.ready;
      steps('first', 3);
      if (!(await throughline.flush())) return;
      await fetch('counted');
      document.querySelector('#next').click();
    })()</script>`,
  );
  await visitor.device.close();
  const browser = visitor.undriven(first);
  const asks = (name) => until(() => asked.includes(path(name)), `the page asks for ${name}`);
  await Promise.all(['ran', 'counted'].map(asks));
  return { visitor, browser, asks, goOn: await held, failed: () => asked.includes(path('failed')) };
}

test('a prerendered page counts nothing until it is shown', async (t) => {
  const { visitor, asks, goOn, failed } = await prerendering(t);
  const id = oneVisitor(await visitor.account(sequence('first', 3)));
  goOn();
  await asks('shown');
  const events = await visitor.account([...sequence('first', 3), ...sequence('next', 3)]);
  assert.equal(oneVisitor(events), id);
  assert.equal(failed(), false);
});

test('a prerendered page that is never shown counts nothing, also not at the next visit', async (t) => {
  const { visitor, browser, failed } = await prerendering(t);
  await browser.end();
  await visitor.start();
  await visitor.settle();
  await visitor.account(sequence('first', 3));
  assert.equal(failed(), false);
});

for (const [what, how] of [
  ['503', status(503)],
  ['a reset', reset],
  ['silence', never],
]) {
  test(`leaving while the line answers with ${what}: the next visit delivers`, async (t) => {
    const visitor = await visitorOf(world, t);
    const page = await visitor.ready();
    visitor.line.rule = () => how;
    const gone = page.waitForURL('**/away.html');
    await page.evaluate(() => {
      steps('e', 50);
      document.querySelector('a').click();
    });
    await gone;
    visitor.line.rule = () => pass;
    await visitor.settle();
    oneVisitor(await visitor.account(sequence('e', 50)));
  });
}

test('a hidden page that dies without another event has handed over what it had', async (t) => {
  const visitor = await visitorOf(world, t);
  const page = await visitor.ready();
  await page.evaluate(() => {
    steps('e', 20);
    Object.defineProperties(document, { visibilityState: { value: 'hidden' }, hidden: { value: true } });
    document.dispatchEvent(new Event('visibilitychange', { bubbles: true }));
    steps('late', 20);
  });
  await visitor.device.killTabs(page);
  await visitor.reaches(40);
  oneVisitor(await visitor.account([...sequence('e', 20), ...sequence('late', 20)]));
});

test('a frozen tab that thaws goes on', async (t) => {
  const visitor = await visitorOf(world, t);
  const page = await visitor.ready();
  await visitor.line.down();
  await page.evaluate(() => steps('before', 20));
  const session = await visitor.device.context.newCDPSession(page);
  await session.send('Page.setWebLifecycleState', { state: 'frozen' });
  await visitor.line.up();
  await session.send('Page.setWebLifecycleState', { state: 'active' });
  await page.evaluate(() => steps('after', 20));
  await delivered(page);
  oneVisitor(await visitor.account([...sequence('before', 20), ...sequence('after', 20)]));
});
