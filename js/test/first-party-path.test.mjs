// Events that go to a path of the site's own domain: the same address before the core runs and after, with every option that says where.

import assert from 'node:assert/strict';
import { test } from './harness/bounded-test.mjs';
import { until } from './harness/collector.mjs';
import { useEnvironment } from './harness/environment.mjs';
import { mixpanelTag } from './harness/mixpanel-page.mjs';
import { scriptTag } from './harness/site.mjs';

const environment = useEnvironment();

let device;

const entries = { throughline: scriptTag, 'throughline/mixpanel': mixpanelTag };
const addresses = {
  'a path': [{ api_host: '/t' }, '/t/track/'],
  'a path that ends with a slash': [{ api_host: '/t/' }, '/t/track/'],
  'a route': [{ api_host: '/t', api_routes: { track: 'e/' } }, '/t/e/'],
  'a route that begins with a slash': [{ api_host: '/t', api_routes: { track: '/e' } }, '/t/e'],
  'routes of other endpoints': [{ api_host: '/t', api_routes: { engage: 'p/' } }, '/t/track/'],
  'an address that ends with a slash': [{ api_host: 'SITE/t//' }, '/t/track/'],
  'another host for events': [{ api_host: 'http://127.0.0.1:1', api_hosts: { events: 'SITE/o' } }, '/o/track/'],
};

for (const [entry, tag] of Object.entries(entries))
  for (const [name, [options, expected]] of Object.entries(addresses))
    test(`${entry}, ${name}: events go to ${expected}, also from a page that is left before the core runs`, async () => {
      const { site } = environment;
      const token = environment.token();
      const received = [];
      const paths = new Set();
      site.answers[expected] = async (request, response) => {
        const chunks = await request.toArray();
        const data = JSON.parse(new URLSearchParams(Buffer.concat(chunks).toString()).get('data'));
        paths.add(request.url.replace(/\?.*/, ''));
        received.push([data].flat().map(({ event }) => event));
        response.setHeader('Content-Type', 'application/json');
        response.end('{"status":1,"error":null}');
      };
      const config = JSON.parse(JSON.stringify(options).replace('SITE', site.url));
      if (entry !== 'throughline') config.api_payload_format = 'json';
      const library = entry === 'throughline' ? 'throughline' : 'mixpanel';
      device ??= await environment.device();
      const visitor = await device.newVisitor();
      site.answers['/never.wasm'] = () => {};
      const slow = site.page(`/${token}/slow.html`, tag(token, { ...config, wasm_url: '/never.wasm' }));
      const page = await visitor.open(slow);
      await page.waitForFunction((library) => window[library]?.track, library);
      await page.evaluate((library) => window[library].track('Early'), library);
      await page.goto(site.page(`/${token}/away.html`, 'away'));
      // mixpanel-browser sends to other hosts in ways of its own, so that entry leaves these to the core.
      const isHandedOver = !(config.api_hosts && library === 'mixpanel');
      if (isHandedOver) await until(async () => received.length > 0, 'the event is handed over');
      const next = await visitor.open(site.page(`/${token}/next.html`, tag(token, config)));
      await next.waitForFunction((library) => window[library]?.flush, library);
      assert.equal(
        await next.evaluate((library) => window[library].ready.then(() => window[library].flush()), library),
        true,
      );
      assert.deepEqual(received, isHandedOver ? [['Early'], ['Early']] : [['Early']]);
      assert.deepEqual([...paths], [expected]);
      assert.deepEqual(device.problems, []);
      await visitor.close();
    });
