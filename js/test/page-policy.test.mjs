// The Content-Security-Policy of the collector's pages: they do all that they do without a violation, and a script that gets into
// one does not run.

import assert from 'node:assert/strict';
import { until } from './harness/collector.mjs';
import { openDemo, press, sendEvents, waitForRows } from './harness/demo.mjs';
import { test } from './harness/test.mjs';
import { useWorld } from './harness/world.mjs';

const world = useWorld();

/** Writes down what the policy refuses, in every page and frame from now on. */
async function watchPolicy(device) {
  const violations = [];
  await device.context.exposeBinding('policyViolation', (_, text) => violations.push(text));
  await device.context.addInitScript(() => {
    document.addEventListener('securitypolicyviolation', (event) =>
      window.policyViolation(
        `${event.effectiveDirective}: ${event.blockedURI} ${event.sourceFile}:${event.lineNumber}`,
      ),
    );
  });
  return violations;
}

test('the demo and Live View work within the policy', async () => {
  const device = await world.device();
  const violations = await watchPolicy(device);
  const token = world.token();
  const page = await openDemo(device, world.collector, token);
  await press(page, 'browse', 1);
  await press(page, 'sign-up', 2);
  await press(page, 'keep-browsing', 3);
  await press(page, 'log-in', 4);
  await press(page, 'log-in-elsewhere', 6);
  await page.locator('button[data-testid^=mistake-]').first().click();
  await page.waitForSelector('[data-testid=mistake-result][data-state=done]');
  const alone = await device.open(`${world.collector.url}/?token=${token}`);
  await alone.getByRole('button', { name: 'Cart Opened' }).first().click();
  await alone.getByTestId('sheet-close').click();
  assert.deepEqual(violations, []);
  assert.deepEqual(device.problems, []);
});

test('a script that gets into a page does not run, and nothing is sent elsewhere', async () => {
  const device = await world.device();
  const violations = await watchPolicy(device);
  const token = world.token();
  const page = await device.open(`${world.collector.url}/?token=${token}`);
  await sendEvents(world.collector, [
    { event: '<img src=x onerror="window.ran = 1">', properties: { token, distinct_id: 'd' } },
  ]);
  await waitForRows(page, 1);
  await page.evaluate(() => {
    document.body.insertAdjacentHTML('beforeend', '<img src="data:," onerror="window.ran = 2">');
    const script = document.createElement('script');
    script.textContent = 'window.ran = 3';
    document.body.append(script);
    fetch('https://elsewhere.example/').catch(() => {});
  });
  await until(() => violations.length >= 3, 'three violations');
  assert.equal(await page.evaluate(() => window.ran), undefined);
  assert.deepEqual(violations.map((text) => text.split(':')[0]).sort(), [
    'connect-src',
    'script-src-attr',
    'script-src-elem',
  ]);
});
