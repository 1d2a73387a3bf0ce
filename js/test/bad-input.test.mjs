// Invalid arguments and invalid data in storage: nothing is thrown, and no valid event is lost.

import assert from 'node:assert/strict';
import { test } from './harness/bounded-test.mjs';
import { useEnvironment } from './harness/environment.mjs';
import { scriptTag } from './harness/site.mjs';

const environment = useEnvironment();

test('values that JSON cannot represent are converted as far as possible', async () => {
  const { collector, site } = environment;
  const token = environment.token();
  const device = await environment.device();
  const page = await device.open(site.page('/odd.html', scriptTag(token, { api_host: collector.url })));
  await page.evaluate(async () => {
    const cyclic = { name: 'ring' };
    cyclic.self = cyclic;
    const throwing = { fine: 1 };
    Object.defineProperty(throwing, 'bad', {
      enumerable: true,
      get: () => {
        throw new Error('no');
      },
    });
    const unusualProperties = {
      cyclic,
      throwing,
      big: 123n,
      date: new Date(Date.UTC(2026, 0, 2, 3, 4, 5)),
      fn() {},
      symbol: Symbol('s'),
      nothing: undefined,
      nan: Number.NaN,
      length: 3,
      emoji: '🍵',
      lone: '\ud800',
      map: new Map([[1, 2]]),
      nested: { deep: [1, [2, { three: 3 }]] },
      ['__proto__']: 'own',
      'quote"and\\': '\u2028',
      empty: '',
      ключ: 'значение',
    };
    for (const when of ['before', 'after']) {
      throughline.track(`Odd ${when}`, unusualProperties);
      throughline.track(`Megabyte ${when}`, { text: 'x'.repeat(1_000_000) });
      await throughline.ready;
    }
    await throughline.flush();
  });
  const events = await collector.stored(token, 4);
  for (const when of ['before', 'after']) {
    const { properties } = events.find(({ event }) => event === `Odd ${when}`);
    assert.equal(properties.cyclic.self, '[Circular]');
    assert.equal(properties.cyclic.name, 'ring');
    assert.equal(properties.throwing.fine, 1);
    assert.equal(properties.throwing.bad, '[Unreadable]');
    assert.equal(String(properties.big), '123');
    assert.equal(properties.date, '2026-01-02T03:04:05.000Z');
    assert.ok(!('fn' in properties) && !('symbol' in properties) && !('nothing' in properties));
    assert.equal(properties.nan, null);
    assert.equal(properties.length, 3);
    assert.equal(properties.emoji, '🍵');
    assert.equal(properties.lone, '\ud800');
    assert.deepEqual(properties.nested, { deep: [1, [2, { three: 3 }]] });
    assert.equal(properties['quote"and\\'], '\u2028');
    assert.equal(properties.ключ, 'значение');
    assert.equal(events.find(({ event }) => event === `Megabyte ${when}`).properties.text.length, 1_000_000);
  }
  assert.deepEqual(device.problems, []);
});

test('invalid ids of every kind change nothing', async () => {
  const { collector, site } = environment;
  const token = environment.token();
  const device = await environment.device();
  const config = { api_host: collector.url, warnings: 'silent' };
  const page = await device.open(site.page('/ids.html', scriptTag(token, config)));
  const [before, after] = await page.evaluate(async () => {
    await throughline.ready;
    throughline.track('Good');
    const start = throughline.get_distinct_id();
    const bad = [
      undefined,
      null,
      '',
      ' ',
      {},
      [],
      true,
      () => {},
      Symbol('s'),
      Number.NaN,
      0,
      -1,
      'undefined',
      'null',
      'NaN',
      '[object Object]',
      'anonymous',
      'anon',
      'nil',
      'none',
      'n/a',
      'na',
      'unknown',
      '<nil>',
      '0',
      '-1',
      'true',
      'false',
      '[]',
      '{}',
      '00000000-0000-0000-0000-000000000000',
      'UNDEFINED',
      'x'.repeat(256),
      'tab\there',
      'nul\u0000',
      '\u00a0',
      '\u200b\ufeff',
      '\u3164',
      '\u{e0041}',
      '\u00a0undefined\u200b',
      '\ud800',
      'jane\udc00@example.com',
      2 ** 53,
      12345678901234567000,
      1e21,
      0.1 + 0.2,
    ];
    for (const id of bad) {
      throughline.identify(id);
      throughline.alias(id);
    }
    throughline.identify('$device:0d0e9f8c-0b0f-4e55-8a77-2f8d4fbc9a11');
    throughline.track('Still Good');
    await throughline.flush();
    return [start, throughline.get_distinct_id()];
  });
  assert.equal(after, before);
  const events = await collector.stored(token, 2);
  assert.deepEqual(
    events.map(({ event, distinct_id }) => [event, distinct_id]),
    [
      ['Good', before],
      ['Still Good', before],
    ],
  );
  assert.deepEqual(device.problems, []);
});

for (const garbage of [
  '',
  'garbage',
  '{',
  '[]',
  'null',
  '{"distinct_id":7}',
  '{"distinct_id":"kept","props":"oops"}',
  '\ud800',
]) {
  test(`an invalid record in storage: ${JSON.stringify(garbage)}`, async () => {
    const { collector, site } = environment;
    const token = environment.token();
    const device = await environment.device();
    const fill = `localStorage.setItem('tl_${token}', ${JSON.stringify(garbage)}); localStorage.setItem('tlo_${token}_junk', '{'); localStorage.setItem('tlq_dead_0', 'nonsense')`;
    const page = await device.open(
      site.page(`/garbage-${token}.html`, scriptTag(token, { api_host: collector.url }, fill)),
    );
    const id = await page.evaluate(async () => {
      throughline.track('Goes On');
      await throughline.flush();
      return throughline.get_distinct_id();
    });
    assert.match(id, garbage.includes('kept') ? /^kept$/ : /^\$device:/);
    const [event] = await collector.stored(token, 1);
    assert.equal(event.distinct_id, id);
    assert.deepEqual(device.problems, []);
  });
}
