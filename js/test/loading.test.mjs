// Loading the library: by a script tag, by the async snippet, twice on one page; and several trackers on a page.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from './harness/bounded-test.mjs';
import { dist, until } from './harness/collector.mjs';
import { useEnvironment } from './harness/environment.mjs';
import { scriptTag } from './harness/site.mjs';

const environment = useEnvironment();
const snippet = readFileSync(join(dist, 'snippet.html'), 'utf8');

/** The calls of the story, as a site makes them. */
const story =
  "throughline.track('Browsed'); throughline.alias('U'); throughline.track('Signed Up'); throughline.identify('U'); throughline.track('Bought');";
const expectedEvents = ['Browsed', '$create_alias', 'Signed Up', '$identify', 'Bought'];

async function assertStory(page, token, device) {
  await page.evaluate(async () => {
    await throughline.ready;
    await throughline.flush();
  });
  const events = await environment.collector.stored(token, expectedEvents.length);
  assert.deepEqual(
    events.map(({ event }) => event),
    expectedEvents,
  );
  assert.equal(new Set(events.map(({ person }) => person)).size, 1);
  for (let i = 1; i < events.length; i++) assert.ok(events[i].time >= events[i - 1].time);
  assert.deepEqual(page.warnings, []);
  assert.deepEqual(device.problems, []);
}

for (const [when, delay] of [
  ['before', 0],
  ['during', 150],
  ['after', 600],
]) {
  test(`async snippet: the library arrives ${when} the calls`, async () => {
    const { collector, site } = environment;
    const token = environment.token();
    const device = await environment.device();
    site.answers['/slow/throughline.js'] = (_request, response) =>
      setTimeout(
        () =>
          response
            .writeHead(200, { 'Content-Type': 'text/javascript' })
            .end(readFileSync(join(dist, 'throughline.js'))),
        delay,
      );
    for (const file of ['throughline.core.js', 'throughline.wasm'])
      site.answers[`/slow/${file}`] = (_request, response) =>
        response
          .writeHead(200, { 'Content-Type': file.endsWith('js') ? 'text/javascript' : 'application/wasm' })
          .end(readFileSync(join(dist, file)));
    const wait = when === 'before' ? 400 : 0;
    const [first, ...rest] = story.split(/(?<=;) /);
    const html = `${snippet.replace('SRC', '/slow/throughline.js')}<script>
      const kept = throughline;
      throughline.init(${JSON.stringify(token)}, { api_host: ${JSON.stringify(collector.url)} });
      window.callsMade = new Promise((resolve) => setTimeout(() => {
        kept.${first.slice('throughline.'.length)}
        setTimeout(() => { ${rest.join(' ')} resolve(); }, ${when === 'during' ? 300 : 0});
      }, ${wait}));
    </script>`;
    const page = await device.open(site.page(`/snippet-${when}.html`, html));
    await page.evaluate(() => window.callsMade);
    await assertStory(page, token, device);
  });
}

test('async snippet: if the library cannot be loaded, `ready` resolves', async () => {
  const { site } = environment;
  const device = await environment.device();
  site.answers['/blocked/throughline.js'] = (request) => request.socket.destroy();
  const html = `${snippet.replace('SRC', '/blocked/throughline.js')}<script>
    throughline.init('t', {});
    throughline.init('t', {}, 'other').track('Early');
    window.answers = Promise.all([throughline.flush(), throughline.other.flush(), throughline.ready]);
  </script>`;
  const page = await device.open(site.page('/snippet-blocked.html', html));
  assert.deepEqual(await page.evaluate(() => answers), [false, false, false]);
  await page.evaluate(() => throughline.track('Late'));
  assert.equal(await page.evaluate(() => throughline.flush()), false);
  assert.deepEqual(device.problems, []);
});

test('async snippet: references that the page keeps become the instances, also for a name that a method has', async () => {
  const { collector, site } = environment;
  const device = await environment.device();
  const config = JSON.stringify({ api_host: collector.url, warnings: 'silent' });
  const html = `${snippet.replace('SRC', '/lib/throughline.js')}<script>
    throughline.init('t', ${config});
    const kept = [1, 2].map(() => throughline.init('t', ${config}, 'twice'));
    kept.push(throughline.init('t', ${config}, 'get_property'));
    window.answers = throughline.ready.then(() => Promise.all(kept.map((instance) => instance.flush())));
  </script>`;
  const page = await device.open(site.page('/snippet-kept.html', html));
  assert.deepEqual(await page.evaluate(() => answers), [true, true, true]);
  assert.deepEqual(device.problems, []);
});

test('async snippet: flush() of an instance waits for the library', async () => {
  const { collector, site } = environment;
  const token = environment.token();
  const device = await environment.device();
  const html = `${snippet.replace('SRC', '/lib/throughline.js')}<script>
    throughline.init(${JSON.stringify(token)}, { api_host: ${JSON.stringify(collector.url)} }, 'other');
    throughline.other.track('Tracked');
    window.flushed = throughline.other.flush();
  </script>`;
  const page = await device.open(site.page('/snippet-named.html', html));
  assert.equal(await page.evaluate(() => flushed), true);
  await collector.stored(token, 1);
  assert.deepEqual(device.problems, []);
});

test('a page with the script twice has one tracker', async () => {
  const { collector, site } = environment;
  const token = environment.token();
  const device = await environment.device();
  const html = `${scriptTag(token, { api_host: collector.url })}<script>throughline.track('Browsed')</script><script src="/lib/throughline.js?again"></script><script>${story.replace("throughline.track('Browsed'); ", '')}</script>`;
  const page = await device.open(site.page('/twice.html', html));
  await assertStory(page, token, device);
});

test('two copies of the library on one page, as a script and as a module, are one visitor', async () => {
  const { collector, site } = environment;
  const token = environment.token();
  const device = await environment.device();
  const html = `${scriptTag(token, { api_host: collector.url })}<script type="module">
    import other from '/lib/throughline.mjs';
    other.init(${JSON.stringify(token)}, { api_host: ${JSON.stringify(collector.url)} });
    window.other = other;
  </script>`;
  const page = await device.open(site.page('/copies.html', html));
  const ids = await page.evaluate(async () => {
    await throughline.ready;
    await other.ready;
    other.register({ from: 'module' });
    await new Promise(requestAnimationFrame);
    throughline.identify('U');
    await new Promise(requestAnimationFrame);
    return [throughline.get_distinct_id(), other.get_distinct_id(), throughline.get_property('from')];
  });
  assert.deepEqual(ids, ['U', 'U', 'module']);
});

test('two named instances and two tokens on one page are separate', async () => {
  const { collector, site } = environment;
  const [one, two] = [environment.token(), environment.token()];
  const device = await environment.device();
  const page = await device.open(site.page('/named.html', scriptTag(one, { api_host: collector.url })));
  const ids = await page.evaluate(
    async ([one, two, api_host]) => {
      const phone = throughline.init(one, { api_host, persistence_name: 'phone' }, 'phone');
      throughline.init(two, { api_host }, 'other');
      throughline.track('Default');
      phone.track('Phone');
      throughline.other.track('Other');
      await throughline.ready;
      await Promise.all([throughline.flush(), throughline.phone.flush(), throughline.other.flush()]);
      return [throughline, throughline.phone, throughline.other].map((tracker) => tracker.get_distinct_id());
    },
    [one, two, collector.url],
  );
  assert.equal(new Set(ids).size, 3);
  const byID = Object.fromEntries(
    (await collector.stored(one, 2)).map(({ event, distinct_id }) => [event, distinct_id]),
  );
  assert.deepEqual(byID, { Default: ids[0], Phone: ids[1] });
  assert.deepEqual(
    (await collector.stored(two, 1)).map(({ event, distinct_id }) => [event, distinct_id]),
    [['Other', ids[2]]],
  );
  assert.deepEqual(device.problems, []);
});

test('calls made in loaded() are sent, and its argument knows its distinct_id', async () => {
  const { collector, site } = environment;
  const token = environment.token();
  const device = await environment.device();
  const html = `<script src="/lib/throughline.js"></script><script>
    throughline.init(${JSON.stringify(token)}, { api_host: ${JSON.stringify(collector.url)}, loaded(tracker) {
      tracker.identify('U');
      window.loadedAs = tracker.get_distinct_id();
      tracker.track('Loaded');
    } });
  </script>`;
  const page = await device.open(site.page('/loaded.html', html));
  const events = await collector.stored(token, 2);
  assert.deepEqual(
    events.map(({ event }) => event),
    ['$identify', 'Loaded'],
  );
  assert.equal(await page.evaluate(() => window.loadedAs), 'U');
  assert.deepEqual(page.warnings, []);
  assert.deepEqual(device.problems, []);
});

test('a second init returns the same instance, and the name of a method is refused with one warning', async () => {
  const { collector, site } = environment;
  const token = environment.token();
  const device = await environment.device();
  const page = await device.open(site.page('/again.html', scriptTag(token, { api_host: collector.url })));
  const same = await page.evaluate(
    async ([token, api_host]) => {
      const phone = throughline.init(token, { api_host }, 'phone');
      throughline.init(token, { api_host }, 'track');
      throughline.get_property();
      await throughline.ready;
      return throughline.init(token, { api_host }, 'phone') === phone && throughline.init(token) === throughline;
    },
    [token, collector.url],
  );
  assert.equal(same, true);
  assert.equal(page.warnings.length, 1, page.warnings.join('\n'));
  assert.match(page.warnings[0], /name_taken/);
  assert.deepEqual(device.problems, []);
});

test('timers that test tools have replaced before the library was loaded, and that stand still, hold up neither ready nor flush', async () => {
  const { collector, site } = environment;
  const token = environment.token();
  const device = await environment.device();
  const fake = '<script>window.setTimeout = () => 0; window.setInterval = () => 0;</script>';
  const page = await device.open(site.page('/fake-timers.html', fake + scriptTag(token, { api_host: collector.url })));
  await page.evaluate(() => throughline.track('Bought'));
  assert.equal(await page.evaluate(() => throughline.ready), true);
  assert.equal(await page.evaluate(() => throughline.flush()), true);
  assert.equal((await collector.stored(token, 1))[0].event, 'Bought');
  assert.deepEqual(device.problems, []);
});

test('before the load event only the shim is fetched', async () => {
  const { collector, site } = environment;
  const device = await environment.device();
  let release;
  site.answers['/held.png'] = (_request, response) => (release = () => response.writeHead(204).end());
  const url = site.page(
    '/quiet.html',
    `${scriptTag(environment.token(), { api_host: collector.url })}<img src="/held.png" alt="">`,
  );
  const page = await device.context.newPage();
  site.requestedPaths.length = 0;
  await page.goto(url, { waitUntil: 'commit' });
  await until(() => page.evaluate(() => window.throughline !== undefined), 'the library runs'); // On a busy machine this takes longer than the pause below.
  await page.waitForTimeout(300);
  assert.deepEqual(
    site.requestedPaths.filter((path) => path.startsWith('/lib/')),
    ['/lib/throughline.js'],
  );
  release();
  await page.evaluate(() => throughline.ready);
  assert.ok(site.requestedPaths.includes('/lib/throughline.wasm'));
});

test('an event has the address at the time of the call, without a password in it', async () => {
  const { collector, site } = environment;
  const token = environment.token();
  const device = await environment.device();
  const url = site.page('/address.html', scriptTag(token, { api_host: collector.url }));
  const page = await device.open(url.replace('://', '://user:secret@'));
  await page.evaluate(async () => {
    for (const when of ['before', 'after']) {
      throughline.track(when);
      history.pushState({}, '', `?${when}`);
      throughline.track(when);
      location.hash = when;
      throughline.track(when);
      await throughline.ready;
    }
    await throughline.flush();
  });
  assert.deepEqual(
    (await collector.stored(token, 6)).map(({ properties }) => properties.$current_url.replace(url, '')),
    ['', '?before', '?before#before', '?before#before', '?after', '?after#after'],
  );
});

test('an event has the default properties, and later sources override earlier ones', async () => {
  const { collector, site } = environment;
  const token = environment.token();
  const device = await environment.device();
  const url = site.page('/properties.html', scriptTag(token, { api_host: collector.url }));
  const page = await device.open(`${url}?utm_source=news&utm_campaign=spring&gclid=g1`);
  await page.evaluate(async () => {
    await throughline.ready;
    throughline.register({ utm_source: 'registered', plan: 'pro' });
    throughline.track('Plain');
    throughline.track('Own', { plan: 'own', $os: 'mine', utm_campaign: 'own' });
    await throughline.flush();
  });
  const [plain, own] = (await collector.stored(token, 2)).map(({ properties }) => properties);
  for (const name of [
    '$os',
    '$browser',
    '$browser_version',
    '$current_url',
    '$referring_domain',
    '$initial_referrer',
    '$initial_referring_domain',
    '$screen_width',
    '$screen_height',
    'mp_lib',
    '$lib_version',
    '$insert_id',
    'time',
    'token',
    'distinct_id',
    '$device_id',
  ])
    if (name !== '$referring_domain') assert.ok(plain[name] !== undefined && plain[name] !== '', name);
  assert.equal(plain.$initial_referrer, '$direct');
  assert.deepEqual(
    [plain.utm_source, plain.utm_campaign, plain.gclid, plain.plan],
    ['registered', 'spring', 'g1', 'pro'],
  );
  assert.deepEqual([own.plan, own.$os, own.utm_campaign], ['own', 'mine', 'own']);
  assert.equal(plain.$current_url, page.url());
});
