// The testing kit of the npm package, in all environments that it supports: Vitest, node --test, a page.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { cpSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after } from 'node:test';
import { test } from './harness/bounded-test.mjs';
import { useEnvironment } from './harness/environment.mjs';
import { installed, packedApp } from './harness/packed-app.mjs';

const app = packedApp('vitest', 'happy-dom');
const environment = useEnvironment({ folders: { package: app.library } });
cpSync(join(import.meta.dirname, 'vitest-app'), join(app.root, 'src'), { recursive: true });
after(app.remove);

const timeout = 120_000;
// The settings of this test run must not apply to the inner one.
const { NODE_TEST_CONTEXT, NODE_OPTIONS, ...env } = process.env;

test('the kit works in Vitest with happy-dom', () => {
  const report = join(app.root, 'report.json');
  const vitest = join(installed, 'vitest', 'vitest.mjs');
  const args = ['run', '--root', app.root, '--environment', 'happy-dom', '--reporter', 'json', '--outputFile', report];
  const { status, stderr } = spawnSync(process.execPath, [vitest, ...args], {
    cwd: app.root,
    env,
    encoding: 'utf8',
    timeout,
  });
  assert.equal(status, 1, stderr);
  const results = JSON.parse(readFileSync(report, 'utf8')).testResults.flatMap(
    ({ assertionResults }) => assertionResults,
  );
  const failed = results.filter(({ status }) => status === 'failed');
  assert.deepEqual(
    failed.map(({ title }) => title),
    ['an id that is none'],
    JSON.stringify(failed),
  );
  assert.match(failed[0].failureMessages[0], /ThroughlineWarning.*bad_id.*misuse\.test\.js/s);
  assert.equal(results.filter(({ status }) => status === 'passed').length, 4);
});

test('under node --test the kit works with a document of happy-dom, and explains itself without one', () => {
  const { status, stdout } = spawnSync(process.execPath, ['--test', 'src/node.js'], {
    cwd: app.root,
    env,
    encoding: 'utf8',
    timeout,
  });
  assert.equal(status, 0, stdout);
  assert.match(stdout, /pass 2/);
});

test('the kit works in a page driven by Playwright', async () => {
  const { site } = environment;
  const device = await environment.device();
  const page = await device.open(site.page('/kit.html', '<p>The page under test</p>'));
  const people = await page.evaluate(async () => {
    const { createTestKit } = await import('/package/testing/kit.mjs');
    const kit = await createTestKit();
    const visitor = kit.distinctId();
    kit.throughline.track('Item Viewed', { item: 'Lamp' });
    kit.throughline.alias('U');
    kit.throughline.identify('U');
    const phone = kit.device('phone');
    await kit.throughline.ready;
    phone.identify('U');
    phone.track('Cart Opened');
    await kit.expectEvent('Item Viewed', { item: 'Lamp', $current_url: location.href });
    await kit.expectOnePerson(visitor, 'U');
    kit.expectNoWarnings();
    return (await kit.people()).map(({ original, ids, events }) => [original === visitor, ids.length, events.length]);
  });
  assert.deepEqual(people, [[true, 2, 5]]);
  assert.deepEqual(device.problems, []);
});
