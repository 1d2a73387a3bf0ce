// Clients that nobody here wrote, pointed at the collector: their events and ours of one user are one person.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { test } from 'node:test';
import Mixpanel from 'mixpanel';
import { scriptTag } from './harness/site.mjs';
import { useWorld } from './harness/world.mjs';

const world = useWorld();
const require = createRequire(import.meta.url);
const mixpanelBrowser = readFileSync(require.resolve('mixpanel-browser/dist/mixpanel.min.js'), 'utf8');

const done = (start) => new Promise((resolve, reject) => start((error) => (error ? reject(error) : resolve())));

for (const [name, options] of [['its defaults', {}], ['base64', { api_payload_format: 'base64' }], ['unbatched', { batch_requests: false }]]) {
  test(`mixpanel-browser with ${name}, mixpanel for Node and ours are one person`, async () => {
    const { collector, site } = world;
    const token = world.token();
    const laptop = await world.device();
    site.answers['/mixpanel.js'] = (_request, response) => response.writeHead(200, { 'Content-Type': 'text/javascript' }).end(mixpanelBrowser);

    const ours = await laptop.open(site.page(`/ours-${token}.html`, scriptTag(token, { api_host: collector.url })));
    const original = await ours.evaluate(async () => {
      throughline.track('Ours');
      throughline.alias('U');
      await throughline.flush();
      return throughline.get_distinct_id();
    });

    const phone = await world.device();
    const config = { api_host: collector.url, persistence: 'localStorage', batch_flush_interval_ms: 200, autocapture: false, record_sessions_percent: 0, ...options };
    const html = `<script>window.mixpanel = [];mixpanel.__SV = 1.2;mixpanel._i = [];mixpanel.init = (t, c, n) => mixpanel._i.push([t, c, n])</script>
      <script>mixpanel.init(${JSON.stringify(token)}, ${JSON.stringify(config)})</script><script src="/mixpanel.js"></script>`;
    const theirs = await phone.open(site.page(`/theirs-${token}.html`, html));
    await theirs.evaluate(() => {
      mixpanel.identify('U');
      mixpanel.track('Theirs in the browser', { n: 1 });
      mixpanel.people.set({ $name: 'Jane' });
    });

    const { hostname, port } = new URL(collector.url);
    const node = Mixpanel.init(token, { host: `${hostname}:${port}`, protocol: 'http', secret: 'secret' });
    await done((callback) => node.track('Theirs in Node', { distinct_id: 'U' }, callback));
    await done((callback) => node.people.set('U', { plan: 'pro' }, callback));
    await done((callback) => node.import('Theirs imported', Date.now() - 86_400_000, { distinct_id: 'U' }, callback));
    await done((callback) => node.import_batch([{ event: 'Batch imported', properties: { distinct_id: 'U', time: new Date() } }], callback));

    const wanted = ['Ours', 'Theirs in the browser', 'Theirs in Node', 'Theirs imported', 'Batch imported'];
    let events = [];
    for (let tries = 0; tries < 200 && !wanted.every((event) => events.some((stored) => stored.event === event)); tries++) {
      events = await collector.events(token);
      await theirs.waitForTimeout(50);
    }
    for (const event of wanted) {
      const stored = events.filter((candidate) => candidate.event === event);
      assert.equal(stored.length, 1, event);
      assert.equal(stored[0].person, original, event);
    }
    const person = await collector.person(token, 'U');
    assert.equal(person.person, original);
    assert.equal(person.profile?.plan, 'pro');
  });
}
