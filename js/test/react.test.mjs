// throughline/react in a development build of React 18, whose StrictMode runs effects twice: rendered by the browser, and by a server first.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { cpSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after } from 'node:test';
import { build } from 'vite';
import { test } from './harness/bounded-test.mjs';
import { useEnvironment } from './harness/environment.mjs';
import { before } from './harness/ordered-hooks.mjs';
import { packedApp } from './harness/packed-app.mjs';

const { root, library, remove } = packedApp('react', 'react-dom');
const environment = useEnvironment({ folders: { app: join(root, 'dist') } });
let device;

before(async () => {
  cpSync(join(import.meta.dirname, 'react-app'), join(root, 'src'), { recursive: true });
  const common = {
    root,
    base: '/app/',
    mode: 'development',
    configFile: false,
    logLevel: 'error',
    define: { 'process.env.NODE_ENV': '"development"' },
  };
  const output = { entryFileNames: '[name].js' };
  await build({
    ...common,
    build: { minify: false, rolldownOptions: { input: join(root, 'src', 'client.jsx'), output } },
  });
  await build({ ...common, build: { ssr: 'src/server.jsx', outDir: 'server' } });
  device = await environment.device();
});

after(remove);

async function openApp({ config = {}, html = '' } = {}) {
  const { collector, site } = environment;
  const token = environment.token();
  const shop = JSON.stringify({ token, config: { api_host: collector.url, ...config } });
  const markup = `<div id="root">${html}</div><script>window.shop = ${shop}</script><script type="module" src="/app/client.js"></script>`;
  site.page(`/${token}/cart`, markup);
  site.page('/shop', markup);
  const visitor = await device.newVisitor();
  const page = await visitor.open(`${site.url}/shop`);
  const errors = [];
  page.on('console', (message) => message.type() === 'error' && errors.push(message.text()));
  await page.waitForSelector('text=Late');
  return { page, visitor, token, collector, errors };
}

const viewed = (events) =>
  events.filter(({ event }) => event === '$mp_web_page_view').map(({ properties }) => properties.current_url_path);
const counts = (events, name) => events.filter(({ event }) => event === name).length;

for (const [kind, isServed] of [
  ['rendered by the browser', false],
  ['rendered by a server and hydrated', true],
])
  test(`${kind}: one init, one view for each page, and effects of children find a tracker that was started`, async () => {
    const html = isServed
      ? execFileSync(process.execPath, [join(root, 'server', 'server.js')], { encoding: 'utf8' })
      : '';
    if (isServed) assert.match(html, /<button[^>]*>Late<\/button>/);
    const { page, visitor, token, collector, errors } = await openApp({ html });
    await page.click('text=Early');
    await page.evaluate(() => navigate('/cart'));
    await page.waitForSelector('p:has-text("/cart")');
    await page.evaluate(() => navigate('/shop'));
    await page.waitForSelector('p:has-text("/shop")');
    await page.click('text=Late');
    assert.equal(await page.evaluate(() => throughline.flush()), true);
    const events = await collector.events(token);
    assert.deepEqual(viewed(events), ['/shop', '/cart', '/shop']);
    const views = events.filter(({ event }) => event === '$mp_web_page_view').map(({ properties }) => properties);
    for (const { layout, current_page_title, current_url_path } of views)
      assert.deepEqual([layout, current_page_title], ['wide', `Shop ${current_url_path}`]);
    assert.deepEqual([counts(events, 'Early Clicked'), counts(events, 'Late Clicked')], [1, 1]);
    // StrictMode runs the effects of the components that are there at first twice: these are the app's own.
    assert.equal(counts(events, 'Early Shown'), 2);
    assert.ok(counts(events, 'Late Shown') >= 1);
    assert.equal(await page.evaluate(() => inits), 1);
    assert.deepEqual(await page.evaluate(() => problems), []);
    assert.deepEqual(
      errors.filter((text) => /hydrat|did not match|Warning:/i.test(text)),
      [],
    );
    assert.deepEqual(page.warnings, []);
    await visitor.close();
  });

for (const [option, expected] of [
  ['url-with-path', ['/shop', '/cart']],
  [true, ['/shop', '/cart']],
])
  test(`with track_pageview: ${option}, no page is counted twice`, async () => {
    const { page, visitor, token, collector } = await openApp({ config: { track_pageview: option } });
    await page.evaluate(() => throughline.ready);
    await page.evaluate(() => navigate('/cart'));
    await page.waitForSelector('p:has-text("/cart")');
    assert.equal(await page.evaluate(() => throughline.flush()), true);
    assert.deepEqual(viewed(await collector.events(token)), expected);
    await visitor.close();
  });

test("the entry begins with 'use client', and does not contain the library", () => {
  const code = readFileSync(join(library, 'throughline.react.mjs'), 'utf8');
  assert.match(code, /^['"]use client['"];/);
  assert.match(code, /from\s*"\.\/throughline\.mjs"/);
  assert.ok(code.length < 1_500, `${code.length} characters`);
});
