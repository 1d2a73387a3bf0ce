// Mixpanel's own client libraries send to the collector: their events and ours of one user belong to one person.

import assert from 'node:assert/strict';
import Mixpanel from 'mixpanel';
import { test } from './harness/bounded-test.mjs';
import { useEnvironment } from './harness/environment.mjs';
import { bundleMixpanel } from './harness/mixpanel-bundle.mjs';
import { scriptTag } from './harness/site.mjs';

const environment = useEnvironment();
const mixpanelBrowser = await bundleMixpanel();

const done = (start) => new Promise((resolve, reject) => start((error) => (error ? reject(error) : resolve())));

for (const [name, options] of [
  ['its defaults', {}],
  ['base64', { api_payload_format: 'base64' }],
  ['unbatched', { batch_requests: false }],
]) {
  test(`mixpanel-browser with ${name}, mixpanel for Node and ours are one person`, async () => {
    const { collector, site } = environment;
    const token = environment.token();
    const laptop = await environment.device();
    site.answers['/mixpanel.js'] = (_request, response) =>
      response.writeHead(200, { 'Content-Type': 'text/javascript' }).end(mixpanelBrowser);

    const ours = await laptop.open(site.page(`/ours-${token}.html`, scriptTag(token, { api_host: collector.url })));
    const original = await ours.evaluate(async () => {
      throughline.track('Ours');
      throughline.alias('U');
      await throughline.flush();
      return throughline.get_distinct_id();
    });

    const phone = await environment.device();
    const config = {
      api_host: collector.url,
      persistence: 'localStorage',
      batch_flush_interval_ms: 200,
      autocapture: false,
      record_sessions_percent: 0,
      ...options,
    };
    const html = `<script src="/mixpanel.js"></script><script>mixpanel.init(${JSON.stringify(token)}, ${JSON.stringify(config)})</script>`;
    const theirs = await phone.open(site.page(`/theirs-${token}.html`, html));
    await theirs.evaluate(() => {
      mixpanel.identify('U');
      mixpanel.track('Theirs in the browser', { n: 1, drink: 'Chai 🍵' });
      mixpanel.people.set({ $name: 'Jane' });
    });

    const { hostname, port } = new URL(collector.url);
    const node = Mixpanel.init(token, { host: `${hostname}:${port}`, protocol: 'http', key: 'key' }); // With a secret it would require https.
    await done((callback) => node.track('Theirs in Node', { distinct_id: 'U' }, callback));
    await done((callback) => node.people.set('U', { plan: 'pro' }, callback));
    await done((callback) => node.import('Theirs imported', Date.now() - 86_400_000, { distinct_id: 'U' }, callback));
    await done((callback) =>
      node.import_batch([{ event: 'Batch imported', properties: { distinct_id: 'U', time: new Date() } }], callback),
    );

    const authorised = await fetch(`${collector.url}/import?strict=1`, {
      method: 'POST',
      headers: { Authorization: `Basic ${btoa(`${token}:`)}`, 'Content-Type': 'application/json' },
      body: JSON.stringify([
        { event: 'Imported with Basic', properties: { distinct_id: 'U', time: 1_700_000_000, $insert_id: 'basic' } },
      ]),
    });
    assert.deepEqual(await authorised.json(), { code: 200, num_records_imported: 1, status: 'OK' });

    const wanted = [
      'Ours',
      'Theirs in the browser',
      'Theirs in Node',
      'Theirs imported',
      'Batch imported',
      'Imported with Basic',
    ];
    let events = [];
    for (
      let tries = 0;
      tries < 200 && !wanted.every((event) => events.some((stored) => stored.event === event));
      tries++
    ) {
      events = await collector.events(token);
      await theirs.waitForTimeout(50);
    }
    for (const event of wanted) {
      const stored = events.filter((candidate) => candidate.event === event);
      assert.equal(stored.length, 1, event);
      assert.equal(stored[0].person, original, event);
    }
    // In base64 mixpanel-browser sends each half of the emoji by itself.
    assert.equal(events.find(({ event }) => event === 'Theirs in the browser').properties.drink, 'Chai 🍵');
    const person = await collector.person(token, 'U');
    assert.equal(person.person, original);
    assert.equal(person.profile?.plan, 'pro');
  });
}
