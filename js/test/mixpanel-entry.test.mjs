// The entry throughline/mixpanel: what a page that was written for mixpanel-browser sees, at once, when it calls.

import assert from 'node:assert/strict';
import { test } from './harness/bounded-test.mjs';
import { useEnvironment } from './harness/environment.mjs';

const environment = useEnvironment();

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
      return { returned, method, url, body, headers, heard, count: window.requests.length, people: window.requests[1].url, same: tracker === mixpanel.second };
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
  'api_payload_format: json': { config: { api_payload_format: 'json' }, check: ({ body }) => assert.match(decodeURIComponent(body), /^data=\{"properties/) },
  'api_method: GET': { config: { api_method: 'GET' }, check: ({ method, url, body }) => assert.deepEqual([method, body, /&data=/.test(url)], ['GET', null, true]) },
  xhr_headers: { config: { xhr_headers: { 'X-A': 'b' } }, check: ({ headers }) => assert.equal(headers['X-A'], 'b') },
  api_extra_query_params: { config: { api_extra_query_params: { k: 'v w' } }, check: ({ url }) => assert.match(url, /&k=v%20w&/) },
  'api_hosts and api_routes': { config: { api_hosts: { events: 'https://e.example' }, api_routes: { track: 't' } }, check: ({ url }) => assert.match(url, /^https:\/\/e\.example\/t\?/) },
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
          before_track: (event, properties) => (event === 'Stopped' ? null : [`${event}!`, { ...properties, hooked: 1 }]),
          before_send_events: [
            (record) => {
              seen.push(record.event);
              return record.event === 'Dropped!' ? null : { ...record, properties: { ...record.properties, secret: undefined } };
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
  assert.deepEqual(events.map(({ event }) => event), ['Kept!']);
  assert.equal(events[0].properties.secret, undefined);
  assert.equal(events[0].properties.hooked, 1);
});
