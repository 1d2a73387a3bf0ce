// A page's life beside coming and going: the back/forward cache, prerendering, frozen tabs, a line that fails on leaving.

import assert from 'node:assert/strict';
import { assertOneVisitor, stepNames } from './harness/assertions.mjs';
import { test } from './harness/bounded-test.mjs';
import { until } from './harness/collector.mjs';
import { useEnvironment } from './harness/environment.mjs';
import { neverAnswer, pass, reset, status } from './harness/faulty-proxy.mjs';
import { createVisitor, waitForDelivery } from './harness/visitor.mjs';

const environment = useEnvironment();

// Playwright switches the back/forward cache off; these pages need it.
const caching = { ignoreDefaultArgs: ['--disable-back-forward-cache'] };

test('into the back/forward cache and back: the page goes on as the same visitor', async (t) => {
  const visitor = await createVisitor(environment, t, {
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
    await visitor.waitForStored(40 * round + 20); // Without the page's help.
    await page.goBack({ waitUntil: 'commit' });
    await page.waitForFunction(() => window.cached === true);
    await page.evaluate((round) => steps(`back${round}-`, 20), round);
    await waitForDelivery(page);
  }
  assertOneVisitor(
    await visitor.account([0, 1, 2].flatMap((n) => [...stepNames(`${n}-`, 20), ...stepNames(`back${n}-`, 20)])),
  );
  assert.deepEqual(page.warnings, []);
});

test('a page in the back/forward cache while the line was down delivers when it is back', async (t) => {
  const visitor = await createVisitor(environment, t, { device: caching });
  const page = await visitor.ready();
  await visitor.proxy.down();
  await page.evaluate(() => {
    steps('e', 50);
    window.location = document.querySelector('a').href;
  });
  await page.waitForURL('**/away.html');
  await visitor.proxy.up();
  await page.goBack({ waitUntil: 'commit' });
  await visitor.waitForStored(50);
  assertOneVisitor(await visitor.account(stepNames('e', 50)));
});

/**
 * A page that has another one prerendered. DevTools switch prerendering off, so nobody drives this browser: the pages themselves ask
 * the site for `ran`, `counted`, `shown` and `failed`, and the first one goes on when the answer to `counted` comes.
 */
async function prerendering(t) {
  const visitor = await createVisitor(environment, t, {
    before:
      "addEventListener('error', () => fetch('failed')), addEventListener('unhandledrejection', () => fetch('failed'))",
  });
  const { answers, requestedPaths } = environment.site;
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
  const browser = visitor.openWithoutDevTools(first);
  const asks = (name) => until(() => requestedPaths.includes(path(name)), `the page asks for ${name}`);
  await Promise.all(['ran', 'counted'].map(asks));
  return { visitor, browser, asks, goOn: await held, failed: () => requestedPaths.includes(path('failed')) };
}

test('a prerendered page counts nothing until it is shown', async (t) => {
  const { visitor, asks, goOn, failed } = await prerendering(t);
  const id = assertOneVisitor(await visitor.account(stepNames('first', 3)));
  goOn();
  await asks('shown');
  const events = await visitor.account([...stepNames('first', 3), ...stepNames('next', 3)]);
  assert.equal(assertOneVisitor(events), id);
  assert.equal(failed(), false);
});

test('a prerendered page that is never shown counts nothing, also not at the next visit', async (t) => {
  const { visitor, browser, failed } = await prerendering(t);
  await browser.end();
  await visitor.start();
  await visitor.settle();
  await visitor.account(stepNames('first', 3));
  assert.equal(failed(), false);
});

for (const [what, answer] of [
  ['503', status(503)],
  ['a reset', reset],
  ['silence', neverAnswer],
]) {
  test(`leaving while the line answers with ${what}: the next visit delivers`, async (t) => {
    const visitor = await createVisitor(environment, t);
    const page = await visitor.ready();
    visitor.proxy.rule = () => answer;
    const gone = page.waitForURL('**/away.html');
    await page.evaluate(() => {
      steps('e', 50);
      document.querySelector('a').click();
    });
    await gone;
    visitor.proxy.rule = () => pass;
    await visitor.settle();
    assertOneVisitor(await visitor.account(stepNames('e', 50)));
  });
}

test('a hidden page that dies without another event has handed over what it had', async (t) => {
  const visitor = await createVisitor(environment, t);
  const page = await visitor.ready();
  await page.evaluate(() => {
    steps('e', 20);
    Object.defineProperties(document, { visibilityState: { value: 'hidden' }, hidden: { value: true } });
    document.dispatchEvent(new Event('visibilitychange', { bubbles: true }));
    steps('late', 20);
  });
  await visitor.device.killTabs(page);
  await visitor.waitForStored(40);
  assertOneVisitor(await visitor.account([...stepNames('e', 20), ...stepNames('late', 20)]));
});

test('a frozen tab that thaws goes on', async (t) => {
  const visitor = await createVisitor(environment, t);
  const page = await visitor.ready();
  await visitor.proxy.down();
  await page.evaluate(() => steps('before', 20));
  const session = await visitor.device.context.newCDPSession(page);
  await session.send('Page.setWebLifecycleState', { state: 'frozen' });
  await visitor.proxy.up();
  await session.send('Page.setWebLifecycleState', { state: 'active' });
  await page.evaluate(() => steps('after', 20));
  await waitForDelivery(page);
  assertOneVisitor(await visitor.account([...stepNames('before', 20), ...stepNames('after', 20)]));
});
