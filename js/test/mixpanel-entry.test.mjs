// The entry throughline/mixpanel: what a page that was written for mixpanel-browser sees, at once, when it calls.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from './harness/bounded-test.mjs';
import { useEnvironment } from './harness/environment.mjs';

const environment = useEnvironment();
const snippetPath = new URL('../node_modules/mixpanel-browser/dist/mixpanel-jslib-snippet.min.js', import.meta.url);

/** Opens a page with the entry as a script, whose tracker has started. */
async function openPage(config = {}, before = '') {
  const { collector, site } = environment;
  const token = environment.token();
  const options = JSON.stringify({ api_host: collector.url, ...config });
  const html = `${before}<script src="/lib/throughline.mixpanel.js"></script><script>mixpanel.init('${token}', ${options})</script>`;
  const device = await environment.device();
  const page = await device.open(site.page(`/${token}.html`, html));
  await page.evaluate(() => mixpanel.ready);
  return { page, token, device, collector };
}

/** In place of XMLHttpRequest: requests that wait until the test answers them. */
const fakeXHR = `
  window.requests = [];
  window.XMLHttpRequest = class {
    headers = {};
    open(method, url) { Object.assign(this, { method, url }); }
    setRequestHeader(name, value) { this.headers[name] = value; }
    getResponseHeader() { return null; }
    send(body) { this.body = body; window.requests.push(this); }
    respond(status, text) { Object.assign(this, { readyState: 4, status, responseText: text }); this.onreadystatechange(); }
  };`;

test('with batch_requests: false a call has sent its record when it returns, and the callback hears the answer at once', async () => {
  const { page, token } = await openPage();
  const result = await page.evaluate(
    ([fake, token]) => {
      // biome-ignore lint/security/noGlobalEval: the text is above.
      eval(fake);
      const heard = [];
      const tracker = mixpanel.init(token, { batch_requests: false, api_host: 'https://c.example' }, 'second');
      tracker.identify('U1');
      window.requests.length = 0;
      const returned = tracker.track('A', { a: 'ä 1' }, (...args) => heard.push(args));
      const [request] = window.requests;
      const { method, url, body, headers } = request;
      request.respond(200, '1');
      tracker.people.set({ plan: 'pro' }, (response) => heard.push([response]));
      window.requests[1].respond(200, '{"status":0,"error":"no"}');
      tracker.set_config({ verbose: true });
      tracker.track('B', {}, (response) => heard.push([response]));
      window.requests[2].respond(500, 'x');
      return {
        returned,
        method,
        url,
        body,
        headers,
        heard,
        count: window.requests.length,
        people: window.requests[1].url,
        same: tracker === mixpanel.second,
      };
    },
    [fakeXHR, `${token}2`],
  );
  const data = JSON.parse(Buffer.from(decodeURIComponent(result.body.slice(5)), 'base64').toString());
  assert.equal(result.method, 'POST');
  assert.match(result.url, /^https:\/\/c\.example\/track\/\?verbose=1&ip=1&_=\d+$/);
  assert.equal(result.headers['Content-Type'], 'application/x-www-form-urlencoded');
  assert.deepEqual(data, result.returned);
  assert.equal(data.event, 'A');
  assert.equal(data.properties.a, 'ä 1');
  assert.equal(data.properties.token, `${token}2`);
  assert.equal(data.properties.distinct_id, 'U1');
  assert.match(result.people, /^https:\/\/c\.example\/engage\/\?/);
  assert.equal(result.count, 3);
  assert.equal(result.heard[0][0], 1);
  assert.deepEqual(result.heard[0][1], data);
  assert.equal(result.heard[1][0], 0);
  assert.deepEqual(result.heard[2][0], { status: 0, httpStatusCode: 500, error: 'Bad HTTP status: 500 x' });
  assert.ok(result.same);
});

const sent = {
  'api_payload_format: json': {
    config: { api_payload_format: 'json' },
    check: ({ body }) => assert.match(decodeURIComponent(body), /^data=\{"properties/),
  },
  'api_method: GET': {
    config: { api_method: 'GET' },
    check: ({ method, url, body }) => assert.deepEqual([method, body, /&data=/.test(url)], ['GET', null, true]),
  },
  xhr_headers: { config: { xhr_headers: { 'X-A': 'b' } }, check: ({ headers }) => assert.equal(headers['X-A'], 'b') },
  api_extra_query_params: {
    config: { api_extra_query_params: { k: 'v w' } },
    check: ({ url }) => assert.match(url, /&k=v%20w&/),
  },
  'api_hosts and api_routes': {
    config: { api_hosts: { events: 'https://e.example' }, api_routes: { track: 't' } },
    check: ({ url }) => assert.match(url, /^https:\/\/e\.example\/t\?/),
  },
  'ip: false, test: true': { config: { ip: false, test: true }, check: ({ url }) => assert.match(url, /ip=0&test=1/) },
};

test('the options that concern requests', async () => {
  const { page, token } = await openPage();
  for (const [name, { config, check }] of Object.entries(sent)) {
    const request = await page.evaluate(
      ([fake, token, config]) => {
        // biome-ignore lint/security/noGlobalEval: the text is above.
        eval(fake);
        mixpanel.init(token, { batch_requests: false, api_host: 'https://c.example', ...config }, token).track('A');
        const { method, url, body, headers } = window.requests[0];
        return { method, url, body, headers };
      },
      [fakeXHR, `${token}${name.replace(/\W/g, '')}`, config],
    );
    check(request);
  }
});

test('hooks see, change and stop calls and what is sent', async () => {
  const { page, token, collector } = await openPage();
  const result = await page.evaluate(async (token) => {
    const seen = [];
    const tracker = mixpanel.init(
      token,
      {
        api_host: mixpanel.get_config('api_host'),
        hooks: {
          before_track: (event, properties) =>
            event === 'Stopped' ? null : [`${event}!`, { ...properties, hooked: 1 }],
          before_send_events: [
            (record) => {
              seen.push(record.event);
              return record.event === 'Dropped!'
                ? null
                : { ...record, properties: { ...record.properties, secret: undefined } };
            },
          ],
        },
      },
      'hooked',
    );
    const returned = tracker.track('Stopped');
    tracker.track('Dropped');
    tracker.track('Kept', { secret: 'x' });
    const remove = () => undefined;
    tracker.add_hook('before_register', remove);
    tracker.register({ a: 1 });
    tracker.remove_hook('before_register', remove);
    tracker.register({ b: 2 });
    await tracker.flush();
    return [returned, seen, tracker.get_property('a'), tracker.get_property('b')];
  }, `${token}h`);
  assert.deepEqual(result, [undefined, ['Dropped!', 'Kept!'], undefined, 2]);
  const events = await collector.events(`${token}h`);
  assert.deepEqual(
    events.map(({ event }) => event),
    ['Kept!'],
  );
  assert.equal(events[0].properties.secret, undefined);
  assert.equal(events[0].properties.hooked, 1);
});

test('what hooks return may be anything, and the page may have added a toJSON to arrays', async () => {
  const { page, token, collector } = await openPage();
  await page.evaluate(async (token) => {
    // As Prototype.js 1.6 does.
    Array.prototype.toJSON = function () {
      return `[${this.join()}]`;
    };
    const tracker = mixpanel.init(token, { api_host: mixpanel.get_config('api_host') }, 'odd');
    tracker.add_hook('before_send_events', (record) => {
      record.properties.self = record;
      record.properties.at = new Date(0);
      record.properties.list = [1, [2]];
      return record;
    });
    tracker.track('Odd');
    await tracker.flush();
    tracker.track('After');
    await tracker.flush();
  }, `${token}o`);
  const events = await collector.stored(`${token}o`, 2);
  assert.deepEqual(
    events.map(({ event }) => event),
    ['Odd', 'After'],
  );
  assert.deepEqual(events[0].properties.list, [1, [2]]);
  assert.equal(events[0].properties.at, '1970-01-01T00:00:00.000Z');
  assert.equal(events[0].properties.self, '[Circular]');
});

test("behind Mixpanel's own snippet: calls that it recorded are made in their order, also of named trackers, and a kept reference works", async () => {
  const { collector, site } = environment;
  const token = environment.token();
  const device = await environment.device();
  const snippet = await readFile(snippetPath, 'utf8');
  const options = JSON.stringify({ api_host: collector.url });
  const html = `<script>var MIXPANEL_CUSTOM_LIB_URL = '/lib/throughline.mixpanel.js';</script><script>${snippet}</script>
    <script>
      window.kept = window.mixpanel;
      mixpanel.init('${token}', { ...${options}, loaded: (tracker) => { window.loaded = [tracker === window.mixpanel]; } });
      mixpanel.track('First', { n: 1 });
      mixpanel.register({ plan: 'pro' });
      mixpanel.track('Second');
      mixpanel.people.set('color', 'red');
      mixpanel.get_group('company', 'acme').set({ size: 3 });
      mixpanel.identify('U1');
      mixpanel.push(function () { this.track('From a function'); });
      mixpanel.init('${token}n', ${options}, 'named');
      mixpanel.named.track('Of the named one');
    </script>`;
  const page = await device.open(site.page(`/${token}.html`, html));
  await page.waitForFunction(() => window.loaded);
  const result = await page.evaluate(async () => {
    kept.track('By the kept reference');
    await Promise.all([mixpanel.flush(), mixpanel.named.flush()]);
    return [loaded, `${mixpanel}`, `${mixpanel.named.people}`, mixpanel === kept];
  });
  assert.deepEqual(result, [[true], 'mixpanel', 'mixpanel.named.people', true]);
  const events = await collector.stored(token, 5);
  assert.deepEqual(
    events.map(({ event, properties }) => [event, properties.plan, properties.distinct_id === 'U1']),
    [
      ['First', undefined, false],
      ['Second', 'pro', false],
      ['$identify', 'pro', true],
      ['From a function', 'pro', true],
      ['By the kept reference', 'pro', true],
    ],
  );
  assert.deepEqual(
    (await collector.events(`${token}n`)).map(({ event }) => event),
    ['Of the named one'],
  );
  const { profile } = await collector.person(token, 'U1');
  assert.equal(profile.color, 'red');
  assert.equal(profile.$initial_referrer, '$direct');
});

test('a bundled page that is left before the core runs sends its events, except where a hook must see them first', async () => {
  for (const hooks of ['', 'hooks: { before_send_events: (event) => event },']) {
    const { collector, site } = environment;
    const token = environment.token();
    const device = await environment.device();
    site.answers['/lib/throughline.core.js'] = () => {}; // It never comes.
    const html = `<script type="module">
      import mixpanel from '/lib/throughline.mixpanel.mjs';
      mixpanel.init('${token}', { api_host: '${collector.url}', ${hooks} });
      window.returned = mixpanel.track('Early', { a: 1 });
      window.id = mixpanel.get_distinct_id();
    </script>`;
    const page = await device.open(site.page(`/${token}.html`, html));
    const [returned, id] = await page.evaluate(() => [returned, id]);
    assert.deepEqual(returned, { event: 'Early', properties: { a: 1, token, distinct_id: id } });
    await page.goto('about:blank');
    delete site.answers['/lib/throughline.core.js'];
    if (!hooks) assert.equal((await collector.stored(token, 1))[0].properties.distinct_id, id);
    else assert.deepEqual(await collector.events(token), []);
    const next = await device.open(site.page(`/${token}.html`, html));
    await next.waitForFunction(() => window.returned);
    const events = await collector.stored(token, 2);
    assert.equal(events.length, 2, 'stored once each');
  }
});

test('no call throws into the page, whatever it is passed, before and after the core runs', async () => {
  const { page } = await openPage(
    {},
    '<script>window.addEventListener("error", (event) => { window.failed = event.message; });</script>',
  );
  const thrown = await page.evaluate(() => {
    const odd = [
      undefined,
      null,
      0,
      '',
      'x',
      {},
      [],
      () => {
        throw new Error('own');
      },
      Symbol('s'),
      document.body,
      {
        get a() {
          throw new Error('getter');
        },
      },
      10n,
    ];
    const failures = [];
    const names = Object.keys(mixpanel).filter((name) => typeof mixpanel[name] === 'function' && name !== 'init');
    const objects = {
      mixpanel: [mixpanel, names],
      people: [mixpanel.people, Object.keys(mixpanel.people)],
      group: [mixpanel.get_group('a', 'b'), Object.keys(mixpanel.get_group('a', 'b'))],
    };
    for (const [owner, [object, names]] of Object.entries(objects))
      for (const name of names)
        for (const first of odd)
          for (const second of odd) {
            try {
              object[name](first, second);
            } catch (error) {
              failures.push(`${owner}.${name}: ${error}`);
            }
          }
    for (const first of odd)
      try {
        mixpanel.init(first, first, first);
      } catch (error) {
        failures.push(`init: ${error}`);
      }
    return failures;
  });
  assert.deepEqual(thrown, []);
});
