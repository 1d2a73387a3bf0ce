// The Content-Security-Policy of the collector's pages: they do all that they do without a violation, and a script that gets into
// one does not run.

import assert from 'node:assert/strict';
import { test } from './harness/bounded-test.mjs';
import { until } from './harness/collector.mjs';
import { openDemo, pressAndWait, sendEvents, waitForRows } from './harness/demo-page.mjs';
import { useEnvironment } from './harness/environment.mjs';

const environment = useEnvironment();

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
  const device = await environment.device();
  const violations = await watchPolicy(device);
  const token = environment.token();
  const page = await openDemo(device, environment.collector, token);
  await pressAndWait(page, 'browse', 1);
  await pressAndWait(page, 'sign-up', 2);
  await pressAndWait(page, 'keep-browsing', 3);
  await pressAndWait(page, 'log-in', 4);
  await pressAndWait(page, 'log-in-elsewhere', 6);
  await page.locator('button[data-testid^=mistake-]').first().click();
  await page.waitForSelector('[data-testid=mistake-result][data-state=done]');
  const alone = await device.open(`${environment.collector.url}/?token=${token}`);
  await alone.getByRole('button', { name: 'Cart Opened' }).first().click();
  await alone.getByTestId('details-close').click();
  assert.deepEqual(violations, []);
  assert.deepEqual(device.problems, []);
});

test('a script that gets into a page does not run, and nothing is sent elsewhere', async () => {
  const device = await environment.device();
  const violations = await watchPolicy(device);
  const token = environment.token();
  const page = await device.open(`${environment.collector.url}/?token=${token}`);
  await sendEvents(environment.collector, [
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
