// When Go cannot run: there is one warning with the reason, no exception, and events are stored and sent by beacon.

import assert from 'node:assert/strict';
import wabt from 'wabt';
import { test } from './harness/bounded-test.mjs';
import { until } from './harness/collector.mjs';
import { useEnvironment } from './harness/environment.mjs';
import { scriptTag } from './harness/site.mjs';

const environment = useEnvironment();

const failures = {
  // A worker has the Content-Security-Policy of its own file, so the policy is sent with every file, as a site would do.
  'a Content-Security-Policy without wasm-unsafe-eval': {
    answers: { '/lib/throughline.worker.js': { 'Content-Security-Policy': "script-src 'self'" } },
    headers: (collector) => ({
      'Content-Security-Policy': `script-src 'self' 'unsafe-inline'; connect-src 'self' ${collector}`,
    }),
    says: /wasm-unsafe-eval/,
  },
  'throughline.wasm is missing': {
    answers: { '/lib/throughline.wasm': (_request, response) => response.writeHead(404).end() },
    says: /404/,
  },
  'throughline.wasm is not wasm': {
    answers: {
      '/lib/throughline.wasm': (_request, response) =>
        response.writeHead(200, { 'Content-Type': 'application/wasm' }).end('<html>'),
    },
    says: /./,
  },
  'throughline.core.js is missing': {
    answers: { '/lib/throughline.core.js': (_request, response) => response.writeHead(404).end() },
    says: /throughline\.core\.js/,
  },
  'no WebAssembly': { before: 'delete window.WebAssembly', says: /WebAssembly/ },
};

for (const [name, { headers, answers = {}, before, says }] of Object.entries(failures)) {
  test(name, async () => {
    const { collector, site } = environment;
    const token = environment.token();
    const device = await environment.device();
    Object.assign(site.answers, answers);
    const html =
      scriptTag(token, { api_host: collector.url }, before) +
      "<script>throughline.register({ plan: 'pro' }); throughline.track('One', { n: 1 })</script>";
    const url = site.page(`/failed-${token}.html`, html, headers?.(collector.url));
    const page = await device.open(url);
    const [works, id] = await page.evaluate(async () => [await throughline.ready, throughline.get_distinct_id()]);
    assert.equal(works, false);
    assert.match(id, /^\$device:/);
    await page.evaluate(() => throughline.track('Two'));
    assert.equal(page.warnings.length, 1);
    assert.match(page.warnings[0], /core_failed/);
    assert.match(page.warnings[0], says);
    for (const path of Object.keys(answers)) delete site.answers[path];
    await page.goto('about:blank');
    const handed = await collector.stored(token, 2);
    assert.deepEqual(
      handed.map(({ event, distinct_id }) => [event, distinct_id]),
      [
        ['One', id],
        ['Two', id],
      ],
    );
    assert.equal(handed[0].properties.plan, 'pro');

    // At the next visit Go runs, and sends the stored events again with the same insert ids.
    const next = await device.open(site.page(`/mended-${token}.html`, scriptTag(token, { api_host: collector.url })));
    await next.evaluate(async () => {
      await throughline.ready;
      throughline.track('Three');
      await throughline.flush();
    });
    const events = await collector.stored(token, 3);
    assert.deepEqual(
      events.map(({ event, distinct_id }) => [event, distinct_id]),
      [
        ['One', id],
        ['Two', id],
        ['Three', id],
      ],
    );
    assert.equal(events[2].properties.plan, 'pro');
    assert.deepEqual(device.problems, []);
  });
}

const signUp = "throughline.alias('user-1'); throughline.identify('user-1');";
const logIn = "throughline.identify('user-1');";

for (const [name, calls, before] of [
  ['sign-up', [signUp, logIn, logIn], ''],
  ['login', [logIn, logIn, logIn], ''],
  ['login, blocked storage', [logIn, logIn], 'Storage.prototype.setItem = () => { throw new Error() }'],
])
  test(`a site that calls identify on every page delivers where Go can never run: ${name}`, async () => {
    const { collector, site } = environment;
    const token = environment.token();
    const device = await environment.device();
    const events = async () =>
      (await collector.events(token)).map(({ event, distinct_id, person }) => [event, distinct_id, person]);
    site.answers['/lib/throughline.wasm'] = (_request, response) => response.writeHead(404).end();
    for (const [visit, call] of calls.entries()) {
      const html = `${scriptTag(token, { api_host: collector.url }, before)}<script>throughline.track('Came', { visit: ${visit} }); ${call} throughline.track('Read', { visit: ${visit} })</script>`;
      const page = await device.open(site.page(`/hopeless-${token}-${visit}.html`, html));
      assert.equal(await page.evaluate(() => throughline.ready), false);
      await page.evaluate(() => throughline.track('Stayed'));
      await page.goto('about:blank');
      await until(
        async () => (await events()).filter(([event]) => event === 'Stayed').length === visit + 1,
        `the events of visit ${visit}`,
        async () => JSON.stringify(await events()),
      );
    }
    const handed = await events();
    for (const [event, distinctID] of handed)
      if (event === 'Read' || event === 'Stayed')
        assert.match(distinctID, name === 'sign-up' ? /^user-1$|^\$device:/ : /^user-1$/, event);
    if (name === 'sign-up') assert.equal(new Set(handed.map(([, , person]) => person)).size, 1);
    delete site.answers['/lib/throughline.wasm'];
    const next = await device.open(site.page(`/mended-${token}.html`, scriptTag(token, { api_host: collector.url })));
    await next.evaluate(async () => {
      await throughline.ready;
      await throughline.flush();
    });
    assert.deepEqual(await events(), handed, 'Go makes the calls once more, and nothing is stored twice');
    assert.deepEqual(device.problems, []);
  });

test('where Go cannot run, what comes after reset or an opt-out waits', async () => {
  const { collector, site } = environment;
  site.answers['/lib/throughline.wasm'] = (_request, response) => response.writeHead(404).end();
  const tokens = [];
  for (const call of ['throughline.reset()', 'throughline.opt_out_tracking()', 'throughline.identify("undefined")']) {
    const token = environment.token();
    tokens.push(token);
    const device = await environment.device();
    const page = await device.open(site.page(`/waits-${token}.html`, scriptTag(token, { api_host: collector.url })));
    await page.evaluate(() => throughline.ready);
    await page.evaluate(
      `throughline.track('Before'); ${call}; throughline.identify('user-1'); throughline.track('After')`,
    );
    await page.goto('about:blank');
  }
  await collector.stored(tokens[0], 1);
  await collector.stored(tokens[2], 1);
  for (const token of tokens) assert.ok((await collector.events(token)).every(({ event }) => event === 'Before'));
  assert.deepEqual(await collector.events(tokens[1]), []);
  delete site.answers['/lib/throughline.wasm'];
});

test('with the option ip: false, the beacon asks the collector not to use the IP address', async () => {
  const { site } = environment;
  const device = await environment.device();
  const handed = new Set();
  site.answers['/lib/throughline.wasm'] = (_request, response) => response.writeHead(404).end();
  site.answers['/track/'] = (request, response) => {
    handed.add(request.url);
    response.writeHead(200).end();
  };
  for (const ip of [false, true]) {
    const page = await device.open(
      site.page(`/ip-${ip}.html`, scriptTag(environment.token(), { api_host: site.url, ip })),
    );
    await page.evaluate(() => throughline.ready);
    await page.evaluate(() => throughline.track('One'));
    await page.goto('about:blank');
    await until(() => handed.size > Number(ip), 'the beacon');
  }
  for (const path of ['/lib/throughline.wasm', '/track/']) delete site.answers[path];
  assert.deepEqual([...handed], ['/track/?ip=0', '/track/?ip=1']);
});

test('a server with the wrong MIME type still works', async () => {
  const { collector, site } = environment;
  const token = environment.token();
  const device = await environment.device();
  site.answers['/lib/throughline.wasm'] = { 'Content-Type': 'text/plain' };
  const page = await device.open(site.page('/mime.html', scriptTag(token, { api_host: collector.url })));
  assert.equal(await page.evaluate(() => throughline.ready), true);
  delete site.answers['/lib/throughline.wasm'];
  assert.deepEqual(page.warnings, []);
});

test('a crash of the core gives one warning, and the page goes on', async () => {
  const { collector, site } = environment;
  const token = environment.token();
  const device = await environment.device();
  const page = await device.open(site.page('/dies.html', scriptTag(token, { api_host: collector.url })));
  await page.evaluate(async () => {
    // The next call into Go finds its memory detached. Nothing else that a page can do comes as close to a trap.
    await throughline.ready;
    const { encodeInto } = TextEncoder.prototype;
    TextEncoder.prototype.encodeInto = () => {
      TextEncoder.prototype.encodeInto = encodeInto;
      throw new Error('memory is gone');
    };
    throughline.track('During');
    throughline.track('After');
  });
  await until(() => page.warnings.length > 0, 'a warning');
  assert.match(page.warnings[0], /core_failed.*memory is gone/);
  await page.goto('about:blank');
  assert.deepEqual(
    (await collector.stored(token, 2)).map(({ event }) => event),
    ['During', 'After'],
  );
  assert.equal(page.warnings.length, 1);
  assert.deepEqual(device.problems, []);
});

// With TinyGo every panic is a trap, and with either compiler the end of the stack may be one. The program here does nothing else.
const trap = 'unreachable';
const trapOnceOpen = `(if (global.get $open) (then unreachable)) i32.const 0`;
for (const [where, traps] of Object.entries({
  'before a tracker is open': { changed: trap },
  'while a tracker is opened': { open: trap },
  'in a call of the page': { call: trap, tracks: trap },
  'in an event of the browser': { changed: trapOnceOpen },
}))
  test(`a trap ${where} is told of in words, with what to do`, async () => {
    const { collector, site } = environment;
    const bodies = { open: '(global.set $open (i32.const 1)) i32.const 0', ...traps };
    const names =
      'open page call tracks result commit flush answered locked wake adopt takeQueue changed leave back buffer';
    const functions = names
      .split(' ')
      .map((name) => `(func (export "${name}") (result i32) ${bodies[name] ?? 'i32.const 0'})`);
    const source = `(module (memory (export "memory") 1) (global $open (mut i32) (i32.const 0)) ${functions.join(' ')})`;
    const { buffer } = (await wabt()).parseWat('traps.wat', source).toBinary({});
    site.answers['/lib/throughline.wasm'] = (_request, response) =>
      response.writeHead(200, { 'Content-Type': 'application/wasm' }).end(buffer);
    const device = await environment.device();
    const page = await device.open(
      site.page('/traps.html', scriptTag(environment.token(), { api_host: collector.url })),
    );
    await page.evaluate(async () => {
      await throughline.ready;
      throughline.track('During');
      dispatchEvent(new StorageEvent('storage', { key: 'tl_other', newValue: '{}' }));
    });
    await until(() => page.warnings.length > 0, 'a warning');
    delete site.answers['/lib/throughline.wasm'];
    assert.match(page.warnings[0], /core_failed.* its program has stopped, by a fault or for want of memory;/);
    assert.match(page.warnings[0], /the next page starts it anew\. Please report RuntimeError: unreachable/);
    assert.match(page.warnings[0], /wasm-function\[\d+\]/);
    assert.equal(page.warnings.length, 1);
    assert.deepEqual(device.problems, []);
  });

test('a short network failure only delays the core, and a page that is left meanwhile gives no warning', async () => {
  const { collector, site } = environment;
  const token = environment.token();
  const device = await environment.device();
  let requestCount = 0;
  await device.context.route('**/throughline.wasm', (route) => (++requestCount > 3 ? route.continue() : route.abort()));
  const url = site.page(`/gone-${token}.html`, scriptTag(token, { api_host: collector.url }));
  const left = await device.open(url);
  await until(() => requestCount === 2, 'a worker asked for the program, and then the page');
  await left.goto('about:blank');
  const page = await device.open(url);
  assert.equal(await page.evaluate(() => throughline.ready), true);
  assert.equal(requestCount, 4);
  assert.deepEqual([left.warnings, page.warnings], [[], []]);
});

test('where Go never runs, the size of the stored calls of all pages is limited', async () => {
  const { collector, site } = environment;
  const token = environment.token();
  const device = await environment.device();
  site.answers['/lib/throughline.wasm'] = (_request, response) => response.writeHead(404).end();
  const url = site.page(`/never-${token}.html`, scriptTag(token, { api_host: collector.url }));
  const left = [];
  for (let visit = 0; visit < 6; visit++) {
    const page = await device.open(url);
    await page.evaluate(async (n) => {
      for (let i = 0; i < 10; i++) throughline.track('Filled', { n, text: 'x'.repeat(30_000) });
      await throughline.ready;
    }, visit);
    await page.waitForTimeout(300);
    left.push(
      await page.evaluate(() => {
        const texts = Object.keys(localStorage)
          .filter((key) => key.startsWith('tlq_'))
          .map((key) => localStorage[key]);
        return {
          size: texts.join('').length,
          latest: Math.max(
            ...texts.flatMap((text) => JSON.parse(text)).map(([, , args]) => JSON.parse(args)[1]?.n ?? -1),
          ),
        };
      }),
    );
    await page.close();
  }
  delete site.answers['/lib/throughline.wasm'];
  assert.ok(left[1].size > 600_000, 'all of it is kept at first');
  assert.ok(Math.max(...left.map(({ size }) => size)) < 1_400_000, JSON.stringify(left));
  assert.deepEqual(
    left.map(({ latest }) => latest),
    [0, 1, 2, 3, 4, 5],
  );
});
