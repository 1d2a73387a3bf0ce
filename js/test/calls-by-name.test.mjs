// Methods that only Go knows, or nobody: Mixpanel's that are not supported, methods of what a method returned, and misspelt ones. None of
// them throws, before the library is loaded, before the core runs and after.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from './harness/bounded-test.mjs';
import { dist, until } from './harness/collector.mjs';
import { useEnvironment } from './harness/environment.mjs';
import { scriptTag } from './harness/site.mjs';

const environment = useEnvironment();
const snippet = readFileSync(join(dist, 'snippet.html'), 'utf8');

// Calls that pages of Mixpanel's make, each of which is undefined, or a function on undefined, where a library does not have it.
const foreignCalls = `
  (t) => {
    const called = [];
    const callback = (name) => () => called.push(name);
    const group = t.get_group('company', 'acme');
    group.set({ size: 3 });
    group.union('list', ['a'], callback('union'));
    t.get_group('company', 'acme').set_once('a', 1);
    t.flags.get_variant_value('flag', 'fallback').then((value) => called.push(value));
    const sync = [t.flags.get_variant_value_sync('flag', 7), t.flags.is_enabled_sync('flag', false), t.flags.are_flags_ready()];
    const id = t.get_session_recording_properties().x;
    t.start_session_recording();
    t.people.set({ a: 1 }, callback('people.set'));
    t.people.set_once('b', 2);
    t.track_pageview({}, {});
    t.track_links('#nav', 'Clicked', callback('track_links'));
    t.set_group('company', 'acme');
    t.push(['track', 'Pushed']);
    t.name_tag('Jane');
    const asked = [t.has_opted_in_tracking(), t.has_opted_out_tracking()];
    return new Promise((resolve) => setTimeout(() => resolve({ called, sync, id, asked: asked.map(Boolean) }), 100));
  }`;

const expected = {
  called: ['people.set', 'union', 'fallback'], // The callback of track_links is called at a click.
  sync: [7, false, null],
  asked: [false, false],
};

function checkAnswers(answers) {
  assert.deepEqual([...answers.called].sort(), [...expected.called].sort());
  assert.deepEqual(
    answers.sync.map((value) => value ?? null),
    expected.sync,
  );
  assert.deepEqual(answers.asked, expected.asked);
}

test('methods that only Mixpanel has do not throw and call their callbacks, before and after the core runs', async () => {
  const { collector, site } = environment;
  const token = environment.token();
  const device = await environment.device();
  const page = await device.open(
    site.page('/foreign.html', scriptTag(token, { api_host: collector.url, warnings: 'silent' })),
  );
  checkAnswers(await page.evaluate(`(${foreignCalls})(throughline)`));
  await page.evaluate(() => throughline.ready);
  checkAnswers(await page.evaluate(`(${foreignCalls})(throughline)`));
  await page.evaluate(() => throughline.flush());
  assert.equal((await collector.stored(token, 2)).filter(({ event }) => event === 'Pushed').length, 2);
  assert.deepEqual(device.problems, []);
});

test('with the snippet such calls do not throw before the library is there', async () => {
  const { collector, site } = environment;
  const token = environment.token();
  const device = await environment.device();
  let release;
  const held = new Promise((resolve) => {
    release = resolve;
  });
  site.answers['/lib/throughline.js'] = async (_request, response) => {
    await held;
    response.writeHead(200, { 'Content-Type': 'text/javascript' }).end(readFileSync(join(dist, 'throughline.js')));
  };
  const html = `${snippet.replace('SRC', '/lib/throughline.js')}<script>
    throughline.init('${token}', { api_host: '${collector.url}', warnings: 'silent' });
    window.answers = (${foreignCalls})(throughline).catch(String);
  </script>`;
  const page = await device.context.newPage();
  await page.goto(site.page('/foreign-snippet.html', html), { waitUntil: 'commit' }); // The script holds up the load event.
  await until(() => page.evaluate('window.answers'), 'the calls are answered');
  const { sync, asked } = await page.evaluate(() => window.answers);
  assert.deepEqual([sync.map((value) => value ?? null), asked], [expected.sync, expected.asked]);
  release();
  delete site.answers['/lib/throughline.js'];
  await page.evaluate(() => throughline.ready);
  await page.evaluate(() => throughline.flush());
  assert.equal((await collector.stored(token, 1)).filter(({ event }) => event === 'Pushed').length, 1);
  assert.deepEqual(device.problems, []);
});

test("a page can ask for its own tracker before it makes one, and a tracker's name is not a method", async () => {
  const { collector, site } = environment;
  const token = environment.token();
  const device = await environment.device();
  const page = await device.open(site.page('/own-tracker.html', scriptTag(token, { api_host: collector.url })));
  const names = [
    'shop',
    'store',
    'second',
    'main',
    'shop_eu',
    'retail',
    'default',
    'region',
    'toJSON',
    'then',
    'length',
  ];
  assert.deepEqual(await page.evaluate((names) => names.filter((name) => throughline[name]), names), []);
  await page.evaluate(
    ([token, url]) => {
      if (!throughline.shop) throughline.init(`${token} shop`, { api_host: url }, 'shop');
      throughline.shop.track('Of the shop');
      return throughline.flush();
    },
    [token, collector.url],
  );
  await page.evaluate(() => throughline.shop.flush());
  assert.equal((await collector.stored(`${token} shop`, 1))[0].event, 'Of the shop');
  assert.deepEqual(device.problems, []);
});

test('a property that a visitor does not have is undefined, before and after the core runs', async () => {
  const { collector, site } = environment;
  const device = await environment.device();
  const page = await device.open(
    site.page('/absent.html', scriptTag(environment.token(), { api_host: collector.url })),
  );
  const names = ['$user_id', 'plan', '__alias', '$initial_referring'];
  const read = (names) => names.map((name) => typeof throughline.get_property(name));
  const before = await page.evaluate(read, names);
  await page.evaluate(() => throughline.ready);
  assert.deepEqual([before, await page.evaluate(read, names)], Array(2).fill(names.map(() => 'undefined')));
});

test('a page that is left before the core runs sends each event once', async () => {
  const { collector, site } = environment;
  const token = environment.token();
  const device = await environment.device();
  site.answers['/lib/throughline.core.js'] = () => {}; // never answered
  const beacons = [];
  const page = await device.open(site.page('/left-once.html', scriptTag(token, { api_host: collector.url })), 'commit');
  await page.exposeFunction('noteBeacon', (body) => beacons.push(body));
  await page.evaluate(() => {
    const sendBeacon = navigator.sendBeacon.bind(navigator);
    navigator.sendBeacon = (url, body) => {
      window.noteBeacon(String(body));
      return sendBeacon(url, body);
    };
    throughline.track('First');
    dispatchEvent(new Event('pagehide'));
    dispatchEvent(new Event('pagehide'));
    throughline.track('Second');
    dispatchEvent(new Event('pagehide'));
  });
  delete site.answers['/lib/throughline.core.js'];
  await collector.stored(token, 2);
  const sent = beacons.map((body) => JSON.parse(new URLSearchParams(body).get('data')).map(({ event }) => event));
  assert.deepEqual(sent, [['First'], ['Second']]);
  await page.close();
});
