// The testing kit keeps its settings, whatever the code under test passes to init and set_config: every tracker is recorded, throws and counts.

import assert from 'node:assert/strict';
import { Window } from 'happy-dom';
import { test } from './harness/bounded-test.mjs';

const window = new Window({ url: 'https://shop.example/?utm_source=news' });
globalThis.window = window;
for (const name of [
  'document',
  'location',
  'navigator',
  'screen',
  'localStorage',
  'sessionStorage',
  'addEventListener',
])
  globalThis[name] = typeof window[name] === 'function' ? window[name].bind(window) : window[name];

const { createTestKit } = await import('../../dist/testing/kit.mjs');

const quiet = { warnings: 'silent', api_host: 'https://collect.shop.example', batch_flush_interval_ms: 60_000 };
const codes = (kit) => kit.warnings().map(({ code }) => code);
const sent = async (kit) => (await kit.events()).map(({ token, tracker, event }) => [token, tracker, event]);

for (const [name, begin] of [
  ['init with another token', ({ throughline }) => throughline.init('shop', quiet)],
  ["init with the kit's token", ({ throughline }) => throughline.init('test', quiet)],
  ['a named tracker', ({ throughline }) => throughline.init('shop', quiet, 'second')],
  ['a function for warnings', ({ throughline }) => throughline.init('shop', { ...quiet, warnings: () => {} })],
  [
    'set_config',
    ({ throughline }) => {
      throughline.set_config({ warnings: 'silent' });
      throughline.set_config({ warnings: () => {} });
      return throughline;
    },
  ],
  [
    'set_config of a named tracker',
    ({ throughline }) => {
      const tracker = throughline.init('shop', quiet, 'second');
      tracker.set_config({ warnings: 'console' });
      return tracker;
    },
  ],
  [
    'throughline/mixpanel',
    ({ mixpanel }) => {
      mixpanel.init('shop', quiet);
      return mixpanel;
    },
  ],
  ['a named tracker of throughline/mixpanel', ({ mixpanel }) => mixpanel.init('shop', quiet, 'second')],
]) {
  test(`after ${name}, a misuse throws and counts, and events are recorded`, async () => {
    const kit = await createTestKit();
    const tracker = begin(kit);
    await kit.throughline.ready;
    for (const event of ['One', 'Two', 'Three']) tracker.track(event, { n: 1 });
    await kit.expectEvent('Three', { n: 1 });
    assert.throws(
      () => tracker.alias('undefined'),
      ({ name, message, stack }) => {
        assert.equal(name, 'ThroughlineWarning');
        assert.match(message, /bad_id/);
        assert.match(stack, /testing-kit-settings\.test\.mjs/); // The line that called, below those of the library.
        return true;
      },
    );
    assert.throws(() => kit.expectNoWarnings(), /bad_id/);
    assert.deepEqual(codes(kit), ['bad_id']);
    assert.deepEqual(
      (await sent(kit)).map(([, , event]) => event),
      ['One', 'Two', 'Three'],
    );
  });

  test(`after ${name}, a kit made with warnings: 'silent' only counts`, async (t) => {
    const { mock } = t.mock.method(console, 'warn', () => {});
    const kit = await createTestKit({ warnings: 'silent' });
    const tracker = begin(kit);
    await kit.throughline.ready;
    tracker.alias('undefined');
    assert.deepEqual(codes(kit), ['bad_id']);
    assert.equal(mock.callCount(), 0);
  });
}

test('events say their project and tracker, also of a project that the app has left in the same task', async () => {
  const kit = await createTestKit();
  const { throughline } = kit;
  throughline.track('Kit 1');
  throughline.track('Kit 2');
  throughline.init('a', quiet);
  throughline.track('A 1');
  throughline.track('A 2');
  throughline.init('b', quiet);
  throughline.track('B 1');
  throughline.init('c', quiet, 'second').track('C 1');
  const all = await sent(kit);
  assert.deepEqual(all.map(String).sort(), [
    'a,,A 1',
    'a,,A 2',
    'b,,B 1',
    'c,second,C 1',
    'test,,Kit 1',
    'test,,Kit 2',
  ]);
  kit.expectNoWarnings();
});

test('the same ids in two projects are two persons, and expectOnePerson finds the project', async () => {
  const kit = await createTestKit();
  const { throughline } = kit;
  throughline.init('shop');
  await throughline.ready;
  const visitor = kit.distinctId();
  throughline.alias('U');
  throughline.identify('U');
  throughline.init('blog', {}, 'blog').track('Read', {});
  const own = throughline.blog.get_distinct_id();
  await throughline.ready;
  throughline.blog.identify('U');
  await kit.expectOnePerson(visitor, 'U');
  await assert.rejects(kit.expectOnePerson(own, 'U'), /"U" is not the person of/);
  const people = (await kit.people()).map(({ token, ids }) => [token, ids]);
  assert.deepEqual(people, [
    ['shop', [visitor, 'U']],
    ['blog', [own]],
    ['blog', ['U']],
  ]);
});

test('device() is a second device of the project that the app has opened', async () => {
  const kit = await createTestKit();
  kit.throughline.init('shop', quiet);
  await kit.throughline.ready;
  const laptop = kit.distinctId();
  kit.throughline.alias('U');
  kit.throughline.identify('U');
  const phone = kit.device('phone');
  await kit.throughline.ready;
  phone.identify('U');
  phone.track('Cart Opened');
  await kit.expectOnePerson(laptop, 'U');
  assert.equal((await kit.people()).length, 1);
  assert.equal((await kit.expectEvent('Cart Opened')).tracker, 'phone');
  assert.throws(() => phone.alias('null'), /bad_id/);
});

test('what the app passes to init is obeyed: loaded, super properties, page views and its own function for warnings', async () => {
  for (const token of ['test', 'shop']) {
    const kit = await createTestKit({ warnings: 'silent' });
    const own = [];
    const loaded = [];
    const tracker = kit.throughline.init(token, {
      loaded: (instance) => loaded.push(instance),
      track_pageview: true,
      property_blocklist: ['secret'],
      warnings: (warning) => own.push(warning.code),
    });
    await kit.throughline.ready;
    await new Promise((resolve) => setTimeout(resolve));
    assert.equal(loaded.length, 1, token);
    assert.equal(loaded[0], tracker);
    tracker.track('Paid', { secret: 1, sum: 5 });
    const { properties } = await kit.expectEvent('Paid', { sum: 5 });
    assert.ok(!('secret' in properties));
    assert.equal((await kit.events()).filter(({ event }) => event === '$mp_web_page_view').length, 1, token);
    tracker.identify('null');
    assert.deepEqual(own, ['bad_id']);
    assert.deepEqual(codes(kit), ['bad_id']);
  }
});

test("the kit's own options hold for the app's trackers, unless these have their own", async () => {
  const kit = await createTestKit({ warnings: 'silent', config: { debug: true, property_blocklist: ['a'] } });
  const tracker = kit.throughline.init('shop', { property_blocklist: ['b'] });
  await kit.throughline.ready;
  tracker.identify('U'); // Only with `debug`: identify_without_alias.
  assert.deepEqual(codes(kit), ['identify_without_alias']);
  tracker.track('Paid', { a: 1, b: 2 });
  const { properties } = await kit.expectEvent('Paid', { a: 1 });
  assert.ok(!('b' in properties));
});

test('updates of profiles are recorded, and do not disturb events', async () => {
  const kit = await createTestKit();
  const { throughline } = kit;
  throughline.identify('U');
  throughline.people.set({ plan: 'pro' });
  throughline.get_group('company', 'acme').set({ seats: 5 });
  throughline.track('Paid');
  const updates = await kit.updates();
  const withoutTime = ({ token, id, group, operations: { $set } }) => [token, id, group, $set?.plan ?? $set?.seats];
  assert.deepEqual(updates.map(withoutTime), [
    ['test', 'U', undefined, 'pro'],
    ['test', 'acme', 'company', 5],
  ]);
  await kit.expectEvent('Paid');
});

test('throughline/mixpanel in the kit: callbacks, hooks, the fake clock, base64', async () => {
  const kit = await createTestKit();
  const { mixpanel } = kit;
  assert.equal(kit.mixpanel, mixpanel);
  const answers = [];
  mixpanel.init('shop', {
    batch_requests: false,
    api_payload_format: 'base64',
    hooks: { before_send_events: (event) => ({ ...event, properties: { ...event.properties, hooked: true } }) },
  });
  await mixpanel.ready;
  await kit.advance(5_000);
  mixpanel.track('Drunk', { drink: 'Chai 🍵' }, (answer) => answers.push(answer));
  const { time } = await kit.expectEvent('Drunk', { drink: 'Chai 🍵', hooked: true });
  assert.equal(time, Date.UTC(2026, 0, 1) + 5_000);
  assert.deepEqual(answers, [1]);
  mixpanel.identify('U');
  mixpanel.people.set({ plan: 'pro' });
  assert.ok((await kit.updates()).some(({ operations }) => operations.$set?.plan === 'pro'));
  kit.expectNoWarnings();
});
