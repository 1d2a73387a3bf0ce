// The page lifecycle: the back/forward cache, prerendering, frozen and hidden tabs, and requests that fail while the page is left.

import assert from 'node:assert/strict';
import { assertOneVisitor, stepNames } from './harness/assertions.mjs';
import { test } from './harness/bounded-test.mjs';
import { until } from './harness/collector.mjs';
import { useEnvironment } from './harness/environment.mjs';
import { neverAnswer, pass, reset, status } from './harness/faulty-proxy.mjs';
import { createVisitor, waitForDelivery } from './harness/visitor.mjs';

const environment = useEnvironment();

// Playwright disables the back/forward cache, which these tests need.
const caching = { ignoreDefaultArgs: ['--disable-back-forward-cache'] };

test('a page that returns from the back/forward cache is still the same visitor', async (t) => {
  const visitor = await createVisitor(environment, t, {
    device: caching,
    html: `<script>addEventListener('pageshow', ({ persisted }) => { window.cached = persisted; });</script>`,
  });
  const page = await visitor.ready();
  // Chromium sometimes does not cache a page that is left shortly after it was loaded. page-leave.test.mjs tests leaving at once.
  await page.waitForTimeout(500);
  for (const round of [0, 1, 2]) {
    await page.evaluate((round) => {
      steps(`${round}-`, 20);
      window.location = document.querySelector('a').href;
    }, round);
    await page.waitForURL('**/away.html');
    await visitor.waitForStored(40 * round + 20); // The page is not asked to flush.
    await page.goBack({ waitUntil: 'commit' });
    await page.waitForFunction(() => window.cached === true);
    await page.evaluate((round) => steps(`back${round}-`, 20), round);
    await waitForDelivery(page);
  }
  assertOneVisitor(
    await visitor.assertStored([0, 1, 2].flatMap((n) => [...stepNames(`${n}-`, 20), ...stepNames(`back${n}-`, 20)])),
  );
  assert.deepEqual(page.warnings, []);
});

test('a page that was in the back/forward cache while the network was down delivers when it returns', async (t) => {
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
  assertOneVisitor(await visitor.assertStored(stepNames('e', 50)));
});

/**
 * Opens a page that has another one prerendered. Chromium does not prerender while DevTools are attached, so the pages themselves request
 * `ran`, `counted`, `shown` and `failed` from the site. The first page navigates when the answer to `counted` comes.
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

test('a prerendered page sends nothing until it is shown', async (t) => {
  const { visitor, asks, goOn, failed } = await prerendering(t);
  const id = assertOneVisitor(await visitor.assertStored(stepNames('first', 3)));
  goOn();
  await asks('shown');
  const events = await visitor.assertStored([...stepNames('first', 3), ...stepNames('next', 3)]);
  assert.equal(assertOneVisitor(events), id);
  assert.equal(failed(), false);
});

test('a prerendered page that is never shown sends nothing, also not at the next visit', async (t) => {
  const { visitor, browser, failed } = await prerendering(t);
  await browser.end();
  await visitor.start();
  await visitor.deliverAll();
  await visitor.assertStored(stepNames('first', 3));
  assert.equal(failed(), false);
});

for (const [what, answer] of [
  ['503', status(503)],
  ['a reset', reset],
  ['silence', neverAnswer],
]) {
  test(`events of a page that was left while requests met ${what} are delivered at the next visit`, async (t) => {
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
    await visitor.deliverAll();
    assertOneVisitor(await visitor.assertStored(stepNames('e', 50)));
  });
}

test('a hidden page that is killed without a further event has already sent its events', async (t) => {
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
  assertOneVisitor(await visitor.assertStored([...stepNames('e', 20), ...stepNames('late', 20)]));
});

test('a tab that was frozen and resumes sends its events', async (t) => {
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
  assertOneVisitor(await visitor.assertStored([...stepNames('before', 20), ...stepNames('after', 20)]));
});
