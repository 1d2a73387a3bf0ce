// The fixture of throughline/playwright, run by @playwright/test in an app that has the npm package: tests that pass, and tests that a misuse makes fail.

import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { cpSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after } from 'node:test';
import { stripVTControlCharacters } from 'node:util';
import { test } from './harness/bounded-test.mjs';
import { executablePath } from './harness/browser.mjs';
import { before } from './harness/ordered-hooks.mjs';
import { installed, packedApp } from './harness/packed-app.mjs';
import { startSite } from './harness/site.mjs';

const app = packedApp('@playwright', '@types', 'playwright', 'playwright-core', 'puppeteer-core');
const source = join(import.meta.dirname, 'playwright-app');
cpSync(source, join(app.root, 'src'), { recursive: true });
// The settings of this test run must not apply to the inner one.
const { NODE_TEST_CONTEXT, NODE_OPTIONS, ...env } = process.env;
let site;
let results;

before(async () => {
  site = await startSite({ folders: { shop: join(app.root, 'src') } });
  const button = (id) => `<button id="${id}">${id}</button>`;
  site.page(
    '/shop.html',
    `<script src="/lib/throughline.js"></script>${['view', 'sign-up', 'log-in'].map(button).join('')}<a id="away" href="/away.html">away</a><script src="/shop/shop.js"></script>`,
  );
  site.page('/away.html', 'away');
  results = await run();
});
after(async () => {
  await site.stop();
  app.remove();
});

async function run() {
  const cli = join(installed, '@playwright', 'test', 'cli.js');
  const child = spawn(process.execPath, [cli, 'test', '--reporter=json'], {
    cwd: join(app.root, 'src'),
    env: { ...env, SHOP_URL: site.url, CHROMIUM: executablePath },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  child.stdout.on('data', (data) => (output += data));
  await new Promise((resolve) => child.once('exit', resolve));
  const { suites, errors } = JSON.parse(output);
  assert.deepEqual(errors, []);
  const describe = ({ title, tests: [{ results }] }) => {
    const { status, errors } = results[0];
    return [title, { status, messages: errors.map(({ message }) => stripVTControlCharacters(message)) }];
  };
  return Object.fromEntries(suites.map(({ file, specs }) => [file, Object.fromEntries(specs.map(describe))]));
}

// Returns the line of a file of the app that has this text.
const lineOf = (text) =>
  readFileSync(join(source, 'shop.js'), 'utf8')
    .split('\n')
    .findIndex((line) => line.includes(text)) + 1;

test('tests of a site pass, whatever its collector, and although pages leave', async () => {
  const tests = Object.entries(results['shop.spec.js']);
  assert.equal(tests.length, 5);
  for (const [title, { status, messages }] of tests) assert.equal(status, 'passed', `${title}: ${messages}`);
});

test('a misuse fails the test at its end, in words and with the line of the page that called', async () => {
  const tests = results['misuse.spec.js'];
  for (const [title, code, call] of [
    ['a click', 'alias_after_identify', '  throughline.alias(account)'],
    ['before Go runs', 'bad_id', 'throughline.identify(String(undefined))'],
    ['a second context, with warnings turned off', 'alias_after_identify', '  throughline.alias(account)'],
    ['an event among others', 'reserved_property', "throughline.track('Item Viewed', { token"],
  ]) {
    const { status, messages } = tests[title];
    assert.equal(status, 'failed', title);
    assert.equal(messages.length, 1, title);
    assert.match(messages[0], new RegExp(`^Error: Expected that no page misuses the library.*\\[${code}\\]`, 's'));
    assert.match(
      messages[0],
      new RegExp(`\\[${code}\\].*\\n +called from ${site.url}/shop/shop\\.js:${lineOf(call)}:`),
      title,
    );
  }
  const [message] = tests['another event'].messages;
  assert.match(
    message,
    /Expected an event "Signed Up" with plan = "free"\. It was sent, but plan was "pro", not "free"\. Sent were:/,
  );
});

test('a page that several tests share, or that was opened before all of them, is watched too', () => {
  const { messages, ...first } = results['shared-page.spec.js']['a first test of the page'];
  assert.deepEqual([first.status, messages], ['passed', []]);
  for (const [file, title] of [
    ['shared-page.spec.js', 'a misuse in the second one'],
    ['before-all.spec.js', 'the test after it'],
  ]) {
    const { status, messages } = results[file][title];
    assert.equal(status, 'failed', title);
    assert.match(messages.join(), /\[alias_after_identify\]/, title);
  }
  const { status, messages: third } = results['shared-page.spec.js']['none in the third one'];
  assert.deepEqual([status, third], ['passed', []]);
});

test('the types fit those of Playwright and Puppeteer', () => {
  const tsc = join(installed, '.bin', 'tsc');
  const strict = ['--strict', '--noEmit', '--module', 'nodenext', '--target', 'es2022', '--types', 'node'];
  const { status, stdout } = spawnSync(tsc, [...strict, join('src', 'types.ts')], { cwd: app.root, encoding: 'utf8' });
  assert.equal(status, 0, stdout);
});
