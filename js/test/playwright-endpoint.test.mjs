// The endpoint of throughline/playwright: what Mixpanel's real clients send to it, in pages that stay and in pages that leave, and how it answers.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { after } from 'node:test';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';
import Mixpanel from 'mixpanel';
import { chromium } from 'playwright-core';
import puppeteer from 'puppeteer-core';
import { test } from './harness/bounded-test.mjs';
import { args, executablePath } from './harness/browser.mjs';
import { dist, until } from './harness/collector.mjs';
import { bundleMixpanel } from './harness/mixpanel-bundle.mjs';
import { before } from './harness/ordered-hooks.mjs';
import { startSite } from './harness/site.mjs';

const { routeToEndpoint, Session, startEndpoint } = await import('../../dist/playwright/index.mjs');

const collector = 'https://collect.shop.example';
const done = (start) => new Promise((resolve, reject) => start((error) => (error ? reject(error) : resolve())));
let site;
let endpoint;
let browser;

before(async () => {
  endpoint = await startEndpoint({ apiHosts: [collector, 'http://plain.shop.example'] });
  site = await startSite();
  const mixpanelBrowser = await bundleMixpanel();
  site.answers['/mixpanel.js'] = (_request, response) =>
    response.writeHead(200, { 'Content-Type': 'text/javascript' }).end(mixpanelBrowser);
  site.page('/away.html', 'away');
  browser = await chromium.launch({ executablePath, args: [...args, ...endpoint.chromiumArgs] });
});
after(async () => {
  await browser.close();
  await Promise.all([endpoint.stop(), site.stop()]);
});

const libraries = {
  throughline: (config) =>
    `<script src="/lib/throughline.js"></script><script>tracker = throughline; throughline.init('shop', ${JSON.stringify(config)})</script>`,
  'throughline/mixpanel': (config) =>
    `<script src="/lib/throughline.mixpanel.js"></script><script>tracker = mixpanel; mixpanel.init('shop', ${JSON.stringify(config)})</script>`,
  'mixpanel-browser': (config) =>
    `<script src="/mixpanel.js"></script><script>tracker = mixpanel; mixpanel.init('shop', ${JSON.stringify({ autocapture: false, record_sessions_percent: 0, ...config })})</script>`,
};

async function open(library, config, prepare = () => {}) {
  endpoint.clear();
  const context = await browser.newContext();
  const session = new Session(endpoint);
  await session.watch(context);
  await prepare(context);
  const page = await context.newPage();
  await page.goto(site.page(`/${library.replace('/', '-')}.html`, libraries[library](config)));
  return { page, session, close: () => context.close() };
}

for (const library of Object.keys(libraries))
  for (const [name, config] of [
    ["Mixpanel's own host", {}],
    ['https', { api_host: collector }],
    ['http', { api_host: 'http://plain.shop.example' }],
  ])
    test(`${library} sends to the endpoint instead of ${name}, also when its page leaves`, async () => {
      // The entries that have Mixpanel's options send once as JSON and once as base64.
      const format = library === 'throughline' || !config.api_host ? {} : { api_payload_format: 'base64' };
      const { page, session, close } = await open(library, { ...config, ...format });
      await page.evaluate(() => tracker.ready);
      await page.evaluate(() => {
        tracker.identify('U');
        tracker.people.set({ plan: 'pro' });
        tracker.track('First', { drink: 'Chai 🍵' });
        tracker.track('Late', { n: 2 });
      });
      // mixpanel-browser stores events some time after the call.
      if (library === 'mixpanel-browser') await page.waitForTimeout(300);
      await page.evaluate(() => {
        location.href = '/away.html';
      });
      await session.waitForEvent('Late', { n: 2 });
      const { token, distinct_id, time } = await session.waitForEvent('First', { drink: 'Chai 🍵' });
      assert.deepEqual([token, distinct_id], ['shop', 'U']);
      assert.ok(Math.abs(time - Date.now()) < 60_000);
      // Of a page that leaves, mixpanel-browser sends only the events.
      const mustHaveUpdates = library !== 'mixpanel-browser';
      if (mustHaveUpdates) assert.equal((await session.waitForUpdate('$set', { plan: 'pro' })).id, 'U');
      await session.expectNoMisuse();
      await close();
    });

test('mixpanel for Node, a GET, an image, JSONP, gzip and a preflight are answered as by the collector', async () => {
  endpoint.clear();
  const { recorder, url } = endpoint;
  const node = Mixpanel.init('shop', { host: url.slice('http://'.length), protocol: 'http', key: 'key' });
  await done((callback) => node.track('From Node', { distinct_id: 'U' }, callback));
  await done((callback) => node.people.set('U', { plan: 'pro' }, callback));
  await done((callback) => node.import('Imported', Date.UTC(2020, 0, 1), { distinct_id: 'U' }, callback));
  assert.equal(recorder.events.find(({ event }) => event === 'Imported').time, Date.UTC(2020, 0, 1));

  const event = (name) => ({
    event: name,
    properties: { token: 'shop', distinct_id: 'U', $insert_id: name, time: 1_700_000_000 },
  });
  const base64 = (name) => encodeURIComponent(btoa(JSON.stringify(event(name))));
  const got = await fetch(`${url}/track/?data=${base64('Got')}`);
  assert.equal(await got.text(), '1');
  const image = await fetch(`${url}/track/?img=1&data=${base64('Image')}`);
  assert.equal(image.headers.get('Content-Type'), 'image/gif');
  const script = await fetch(`${url}/track/?verbose=1&callback=mp.done&data=${base64('Script')}`);
  assert.equal(await script.text(), 'mp.done({"status":1,"error":null});');
  const zipped = await fetch(`${url}/track/?verbose=1`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', 'Content-Encoding': 'gzip', Origin: 'https://shop.example' },
    body: gzipSync(JSON.stringify([event('Zipped 1'), event('Zipped 2')])),
  });
  assert.equal(zipped.headers.get('Access-Control-Allow-Origin'), 'https://shop.example');
  assert.equal(zipped.headers.get('Access-Control-Allow-Credentials'), 'true');
  const preflight = await fetch(`${url}/track/`, {
    method: 'OPTIONS',
    headers: { Origin: 'https://shop.example', 'Access-Control-Request-Headers': 'x-trace' },
  });
  assert.equal(preflight.headers.get('Access-Control-Allow-Headers'), 'x-trace');
  for (const name of ['From Node', 'Imported', 'Got', 'Image', 'Script', 'Zipped 1', 'Zipped 2'])
    assert.equal(recorder.events.filter(({ event }) => event === name).length, 1, name);

  // Sent again, with another that is refused.
  const again = await fetch(`${url}/track/?verbose=1`, {
    method: 'POST',
    body: new URLSearchParams({ data: JSON.stringify([event('Got'), { event: '', properties: { token: 'shop' } }]) }),
  });
  assert.equal(again.status, 400);
  const { failed_records, num_good_events } = await again.json();
  assert.deepEqual([num_good_events, failed_records[0].index, failed_records[0].field], [1, 1, 'event']);
  assert.equal(recorder.events.filter(({ event }) => event === 'Got').length, 1);
  const broken = await fetch(`${url}/track/?verbose=1`, { method: 'POST', body: 'data=%7B' });
  assert.deepEqual([broken.status, (await broken.json()).refused], [400, 'request']);
});

test('an alias that another device has is answered with alias_taken, and is a misuse', async () => {
  const laptop = await open('throughline', { api_host: collector });
  await laptop.page.evaluate(() => throughline.alias('U'));
  const { distinct_id } = await laptop.session.waitForEvent('$create_alias', { alias: 'U' });
  const phone = await browser.newContext();
  await laptop.session.watch(phone);
  const page = await phone.newPage();
  await page.goto(laptop.page.url());
  await page.evaluate(() => throughline.alias('U'));
  await laptop.session.waitForEvent('$identify', { distinct_id: 'U' }); // It goes on as the person whose alias it is.
  await assert.rejects(laptop.session.expectNoMisuse(), /\[alias_taken\]/);
  await laptop.session.expectNoMisuse({ except: ['alias_taken'] });
  assert.equal((await laptop.session.person('U')).original, distinct_id);
  await laptop.close();
  await phone.close();
});

test('events of frames are waited for, although the page around them has no library, or another origin', async () => {
  const elsewhere = await startSite();
  const { page, session, close } = await open('throughline', { api_host: collector });
  try {
    const inner = libraries.throughline({ api_host: collector });
    for (const [address, event] of [
      [site.page('/inner.html', inner), 'Framed'],
      [elsewhere.page('/inner.html', inner), 'Framed elsewhere'],
    ]) {
      await page.goto(site.page('/outer.html', `<iframe src="${address}"></iframe>`));
      await page.frames()[1].evaluate((name) => tracker.track(name), event);
      assert.ok(
        (await session.events()).some((sent) => sent.event === event),
        event,
      );
    }
  } finally {
    await close();
    await elsewhere.stop();
  }
});

test('what pages say of a collector that a test makes fail is no misuse, and has no line', async () => {
  const { session, page, close } = await open('throughline', { api_host: collector });
  session.failWith(404);
  await page.evaluate(() => {
    tracker.track('Refused');
    return tracker.flush();
  });
  await session.expectNoMisuse();
  const [{ code, at }] = await session.misuses();
  assert.deepEqual([code, at], ['collector_misanswered', undefined]);
  session.online();
  await page.evaluate(() => tracker.identify('null'));
  await assert.rejects(session.expectNoMisuse(), /^Error: (?!.*collector_misanswered).*\[bad_id\]/s);
  await close();
});

test('a route answers pages that stay, in a browser without the arguments', async () => {
  const plain = await chromium.launch({ executablePath, args });
  try {
    endpoint.clear();
    const context = await plain.newContext();
    await routeToEndpoint(context, endpoint);
    const page = await context.newPage();
    await page.goto(site.page('/routed.html', libraries['throughline/mixpanel']({ api_host: collector })));
    await page.evaluate(() => tracker.track('Stays'));
    const session = new Session(endpoint);
    await session.waitForEvent('Stays');
    session.offline();
    await page.evaluate(() => tracker.track('Waits'));
    await session.expectNoEvent('Waits');
    session.online();
    await page.reload();
    await session.waitForEvent('Waits');
  } finally {
    await plain.close();
  }
});

test('Puppeteer: events, persons, and the line of a misuse', async () => {
  const other = await puppeteer.launch({ executablePath, args: [...args, ...endpoint.chromiumArgs] });
  try {
    endpoint.clear();
    const page = await other.newPage();
    const session = new Session(endpoint);
    await session.watch(page);
    await page.goto(
      site.page('/puppeteer.html', `${libraries.throughline({})}\n<script>\nthroughline.identify('null');\n</script>`),
    );
    await page.evaluate(() => tracker.track('Seen'));
    await session.waitForEvent('Seen');
    const [{ code, at }] = await session.misuses();
    assert.deepEqual([code, at], ['bad_id', `${site.url}/puppeteer.html:3:13`]);
  } finally {
    await other.close();
  }
});

// An app's own code, bundled with the library as bundlers do. Each line of `misuses` warns.
const misuses = [
  "throughline.identify('null');",
  "throughline.alias('undefined');",
  "throughline.track('Item Viewed', { token: 'mine' });",
  "throughline.people.set({ $distinct_id: 'mine' });",
  "throughline.register({ time: 'mine' });",
];
for (const [name, options] of [
  ['a source map', { sourcemap: 'inline' }],
  ['a source map, minified', { sourcemap: 'inline', minify: true }],
  ['no source map', {}],
])
  test(`the lines of misuses in a bundle with ${name}, before Go runs and after`, async () => {
    const imports = [`import throughline from '${join(dist, 'throughline.mjs')}';`, "throughline.init('shop');"];
    const contents = [
      ...imports,
      'window.tracker = throughline;',
      'window.misuse = () => {',
      ...misuses,
      '};',
      '',
    ].join('\n');
    const { outputFiles } = await build({
      stdin: { contents, sourcefile: 'shop.js', resolveDir: dist },
      bundle: true,
      write: false,
      format: 'esm',
      external: ['./throughline.core.js'],
      ...options,
    });
    const [{ text: bundle }] = outputFiles;
    site.answers['/lib/app.js'] = (_request, response) =>
      response.writeHead(200, { 'Content-Type': 'text/javascript' }).end(bundle);
    const url = site.page('/bundle.html', '<script type="module" src="/lib/app.js"></script>');
    for (const isEarly of [true, false]) {
      endpoint.clear();
      const context = await browser.newContext();
      const session = new Session(endpoint);
      await session.watch(context);
      const page = await context.newPage();
      await page.goto(url, { waitUntil: 'commit' });
      await until(() => page.evaluate('window.misuse !== undefined'), 'the page runs');
      if (!isEarly) await page.evaluate(() => tracker.ready);
      await page.evaluate(() => misuse());
      await page.evaluate(() => tracker.ready);
      const source = ('sourcemap' in options ? contents : bundle).split('\n');
      const lines = (await session.misuses()).map(({ at }) => source[at.split(':').at(-2) - 1].trim());
      // The bundle has another name for the library.
      const withoutName = (line) => line.replace(/^\w+/, '').replaceAll('"', "'");
      assert.deepEqual(lines.map(withoutName), misuses.map(withoutName));
      await context.close();
    }
  });

test('a page of a public site may send to the endpoint', async () => {
  // Chromium asks the visitor before a public page sends to loopback. This makes the site public.
  const { port } = new URL(site.url);
  const space = `--ip-address-space-overrides=127.0.0.1:${port}=public`;
  const merged = endpoint.chromiumArgs.map((arg) =>
    arg.includes('space-overrides') ? `${arg},${space.split('overrides=')[1]}` : arg,
  );
  const visited = await chromium.launch({ executablePath, args: [...args, ...merged] });
  try {
    endpoint.clear();
    const page = await visited.newPage();
    await page.goto(site.page('/public.html', libraries.throughline({ api_host: collector })));
    await page.evaluate(() => tracker.track('Public'));
    await new Session(endpoint).waitForEvent('Public');
  } finally {
    await visited.close();
  }
});

test('the command, and what other runners ask over HTTP', async () => {
  const child = spawn(process.execPath, [join(dist, 'playwright', 'cli.mjs'), '--port', '0', '--api-host', collector]);
  try {
    const line = await new Promise((resolve) => child.stdout.once('data', (data) => resolve(String(data))));
    const { url, chromiumArgs } = JSON.parse(line);
    assert.match(chromiumArgs[0], /MAP collect\.shop\.example:443 127\.0\.0\.1:\d+/);
    const send = (event, properties) =>
      fetch(`${url}/track/`, {
        method: 'POST',
        body: JSON.stringify({ event, properties: { token: 'shop', time: 1, $insert_id: event, ...properties } }),
      });
    const ask = async (path, options) => {
      const answer = await fetch(`${url}/api/${path}`, options);
      return [answer.status, await answer.json()];
    };
    await send('$create_alias', { alias: 'U', distinct_id: 'D' });
    await send('Paid', { distinct_id: 'U', sum: 5 });
    assert.equal((await ask('event?event=Paid&properties={"sum":5}'))[1].distinct_id, 'U');
    const [status, { error }] = await ask('event?event=Paid&properties={"sum":6}&timeout=50');
    assert.equal(status, 422);
    assert.match(error, /sum was 5, not 6/);
    assert.deepEqual((await ask('person?distinct_id=U'))[1].ids, ['D', 'U']);
    assert.equal((await ask('one-person?id=D&id=U'))[0], 200);
    assert.equal((await ask('one-person?id=D&id=X&timeout=50'))[0], 422);
    await fetch(`${url}/engage/`, {
      method: 'POST',
      body: JSON.stringify({ $token: 'shop', $distinct_id: 'U', $set: { plan: 'pro', seats: 2 } }),
    });
    assert.equal((await ask('update?operation=$set&values={"plan":"pro"}'))[1].id, 'U');
    const [missed, answer] = await ask('update?operation=$set&values={"plan":"free"}&timeout=50');
    assert.deepEqual(
      [missed, answer.error],
      [
        422,
        'Expected an update by $set with plan = "free". Sent were: {"$set":{"plan":"pro","seats":2}} (U). (Waited 50 ms.)',
      ],
    );
    await ask('fail', { method: 'POST', body: '{"status":503}' });
    assert.equal((await send('Refused', {})).status, 503);
    await ask('clear', { method: 'POST' });
    assert.deepEqual((await ask('events'))[1], { events: [] });
    assert.equal((await ask('nothing'))[0], 404);
  } finally {
    child.kill();
  }
});

test('CommonJS has the same', async () => {
  const required = createRequire(import.meta.url)('../../dist/playwright/index.cjs');
  const other = await required.startEndpoint();
  try {
    await fetch(`${other.url}/track/`, {
      method: 'POST',
      body: '{"event":"A","properties":{"token":"t","distinct_id":"D"}}',
    });
    assert.deepEqual(await new required.Session(other).people(), [
      { token: 't', original: 'D', ids: ['D'], events: other.recorder.events },
    ]);
  } finally {
    await other.stop();
  }
});
