// Unusual arguments: no call throws or takes long, and a warning names each value that JSON cannot represent.

import assert from 'node:assert/strict';
import { test } from './harness/bounded-test.mjs';
import { useEnvironment } from './harness/environment.mjs';

const environment = useEnvironment();

/** Opens a page with the library, whose warnings are collected in `window.seen`. */
async function open(html = '', config = {}) {
  const token = environment.token();
  const device = await environment.device();
  const options = { api_host: environment.collector.url, ...config };
  const init = `window.seen = []; throughline.init(${JSON.stringify(token)}, { ...${JSON.stringify(options)}, warnings: (warning) => seen.push(warning) })`;
  const page = await device.open(
    environment.site.page(
      `/${token}.html`,
      `<script src="/lib/throughline.js"></script><script>${init}</script>${html}`,
    ),
  );
  return { token, device, page };
}

/** Page code that creates objects like those that React attaches to elements: each refers to all others, by many paths. */
const fibers = (count) => `
  const fibers = Array.from({ length: ${count} }, (_, n) => ({ key: n, memoizedProps: { text: 'x'.repeat(50) } }));
  for (const fiber of fibers) fibers.forEach((other, n) => { fiber['to' + n] = other; });`;

const wide = {
  'an event of the browser’s': 'new MouseEvent("click")',
  'an event of React’s': '({ nativeEvent: new MouseEvent("click"), target: document.body, _targetInst: fibers[0] })',
  'an event of jQuery’s': '({ originalEvent: new MouseEvent("click"), target: document.body, handleObj: fibers[0] })',
  'an element': 'Object.assign(document.createElement("div"), { __reactFiber$x: fibers[0] })',
  'an element of React’s': '({ $$typeof: Symbol.for("react.element"), type: "div", _owner: fibers[0] })',
  'a form, whose fields have the names of properties':
    '(() => { const form = document.createElement("form"); form.innerHTML = "<input name=nodeType><input name=toJSON><input name=constructor>"; return form; })()',
  'a list of elements': 'document.querySelectorAll("*")',
  'the window': 'window',
  'a window of another origin': 'document.querySelector("iframe").contentWindow',
  'a function': '(() => {})',
  'a symbol': 'Symbol("s")',
  'a promise': 'Promise.resolve()',
  'a weak map': 'new WeakMap()',
  'an object of a class that hides what it holds': 'new (class { #inside = 1; })()',
  'a getter that throws': '({ get inside() { throw new Error("no"); } })',
  'a toJSON that throws': '({ toJSON() { throw new Error("no"); } })',
  'a revoked proxy': '(() => { const { proxy, revoke } = Proxy.revocable({}, {}); revoke(); return proxy; })()',
  'objects that all refer to each other': 'fibers[0]',
  'a cycle': '(() => { const ring = {}; ring.self = ring; return ring; })()',
  'a list of a thousand millions': 'new Array(1e9)',
  'an iterable without an end': '(new (class { *[Symbol.iterator]() { for (;;) yield 1; } })())',
  'a very long text': '"x".repeat(5e6)',
  'a list of very long texts': 'Array(2000).fill("x".repeat(5e6))',
  'a file’s bytes': 'new Uint8Array(2e7)',
  'a very long list of pairs': 'new Map(Array.from({ length: 3e5 }, (_, n) => [n, n]))',
  'an object of very many members': 'Object.fromEntries(Array.from({ length: 3e5 }, (_, n) => ["k" + n, n]))',
  'a member with a very long name': '({ ["n".repeat(3e6)]: 1 })',
  'a very deep object': '(() => { let deep = {}; for (let n = 0; n < 1e5; n++) deep = { deep }; return deep; })()',
};

for (const [name, code] of Object.entries(wide)) {
  test(`with ${name} as a property, the event is sent, and a warning names the property`, async () => {
    const { token, device, page } = await open('<iframe sandbox srcdoc="other"></iframe>');
    const longest = await page.evaluate(
      async ([fibers, code]) => {
        const value = new Function(`${fibers}; return ${code};`)();
        const times = [];
        for (const when of ['before', 'after']) {
          const from = performance.now();
          throughline.track(`Clicked ${when}`, {
            target: value,
            kept: 'yes',
            nested: { kept: 'too', list: [1, value] },
          });
          throughline.register({ last: value });
          throughline.unregister('last');
          times.push(performance.now() - from);
          await throughline.ready;
        }
        await throughline.flush();
        return Math.max(...times);
      },
      [fibers(60), code],
    );
    // Exponential time would be minutes. The limit is generous, so that a busy machine does not fail the test.
    assert.ok(longest < 10_000, `${longest} ms`);
    const events = await environment.collector.stored(token, 2);
    for (const { properties } of events) {
      assert.equal(properties.kept, 'yes');
      assert.equal(properties.nested.kept, 'too');
      assert.ok(JSON.stringify(properties).length < 300_000);
    }
    const warnings = await page.evaluate(() => seen);
    assert.deepEqual([...new Set(warnings.map(({ code }) => code))], ['bad_value']);
    assert.match(warnings[0].what, /The property target\b/);
    assert.deepEqual(device.problems, []);
  });
}

const conversions = {
  'a Date': ['new Date(0)', '1970-01-01T00:00:00.000Z'],
  'a Date that is none': ['new Date(NaN)', null],
  'a Map': ['new Map([["a", 1], ["b", new Map([["c", new Set([2])]])]])', { a: 1, b: { c: [2] } }],
  'a Map whose keys are no texts': ['new Map([[{}, 1], [Symbol("s"), 2]])', { '[object Object]': 1, 'Symbol(s)': 2 }],
  'an empty Map': ['new Map()', {}],
  'a Set': ['new Set([1, "two"])', [1, 'two']],
  bytes: ['new Uint8Array([1, 2, 255])', [1, 2, 255]],
  'an error': ['new TypeError("no")', 'TypeError: no'],
  'a search': ['new URLSearchParams("a=1&a=2")', 'a=1&a=2'],
  'an address': ['new URL("https://shop.example/x")', 'https://shop.example/x'],
  'a BigInt': ['12345678901234567890n', '12345678901234567890'],
  'a text object': ['new String("text")', 'text'],
  'a form’s data': ['(() => { const data = new FormData(); data.append("a", "1"); return data; })()', [['a', '1']]],
  'an object of a class': [
    'new (class { constructor() { this.a = 1; this.at = new Date(0); } })()',
    { a: 1, at: '1970-01-01T00:00:00.000Z' },
  ],
  'an object that is its own toJSON': ['({ a: 1, toJSON() { return this; } })', { a: 1 }],
  'an object that says itself what it is': ['({ toJSON: () => ({ amount: 5 }) })', { amount: 5 }],
  'the same object twice': [
    '(() => { const a = { street: "x" }; return { one: a, two: a, at: new Date(0) }; })()',
    { one: { street: 'x' }, two: { street: 'x' }, at: '1970-01-01T00:00:00.000Z' },
  ],
  'an object of another window': [
    'document.querySelector("iframe").contentWindow.eval("({ a: [1, {}] })")',
    { a: [1, {}] },
  ],
};

test('values are converted to JSON as documented', async () => {
  const { token, device, page } = await open('<iframe srcdoc="same"></iframe>');
  await page.evaluate(
    async (codes) => {
      for (const when of ['before', 'after']) {
        const properties = Object.fromEntries(codes.map(([name, code]) => [name, new Function(`return ${code}`)()]));
        throughline.track(when, properties);
        await throughline.ready;
      }
      await throughline.flush();
    },
    Object.entries(conversions).map(([name, [code]]) => [name, code]),
  );
  for (const { properties } of await environment.collector.stored(token, 2))
    for (const [name, [, wanted]] of Object.entries(conversions)) assert.deepEqual(properties[name], wanted, name);
  assert.deepEqual(
    (await page.evaluate(() => seen)).filter(({ what }) => !/an object that is its own toJSON/.test(what)),
    [],
  );
  assert.deepEqual(device.problems, []);
});

test('a method ignores further arguments', async () => {
  const { token, device, page } = await open();
  const looked = await page.evaluate(async () => {
    let looked = 0;
    const event = new Proxy({}, { get: () => looked++, has: () => looked++, ownKeys: () => looked++ && [] });
    for (const when of ['before', 'after']) {
      throughline.reset(event);
      for (const method of ['opt_out_tracking', 'opt_in_tracking']) throughline[method]({}, event);
      throughline.identify(when, event);
      throughline.time_event(when, event);
      throughline.unregister(when, event);
      throughline.register({ when }, event);
      throughline.track(when, {}, event);
      throughline.set_config({}, event);
      throughline.get_config('api_host', event);
      throughline.get_property('when', event);
      await throughline.ready;
      await throughline.flush(); // An opt-out would delete the waiting events.
    }
    return looked;
  });
  assert.equal(looked, 0);
  const names = (await environment.collector.stored(token, 4)).map(({ event }) => event);
  assert.deepEqual(names, ['$identify', 'before', '$identify', 'after']);
  assert.deepEqual(device.problems, []);
});

test('an opt-out that a button calls with its event is an opt-out', async () => {
  const { page, device } = await open();
  const answers = await page.evaluate(async () => {
    await throughline.ready;
    const button = document.createElement('button');
    button.addEventListener('click', throughline.opt_out_tracking);
    button.click();
    const out = throughline.has_opted_out_tracking();
    button.removeEventListener('click', throughline.opt_out_tracking);
    button.addEventListener('click', throughline.opt_in_tracking);
    button.click();
    return [out, throughline.has_opted_out_tracking()];
  });
  assert.deepEqual(answers, [true, false]);
  assert.deepEqual(device.problems, []);
});

test('if a property has too many members, only the excess is left out', async () => {
  const { token, device, page } = await open();
  await page.evaluate(async () => {
    throughline.track('Filled', {
      first: 1,
      rows: Array.from({ length: 100_000 }, (_, n) => ({ n })),
      last: 'kept',
    });
    await throughline.flush();
  });
  const [{ properties }] = await environment.collector.stored(token, 1);
  assert.equal(properties.first, 1);
  assert.equal(properties.last, 'kept');
  assert.ok(properties.rows.length > 1000);
  assert.match((await page.evaluate(() => seen))[0].what, /rows/);
  assert.deepEqual(device.problems, []);
});

test('init opens and returns a tracker whatever the options are', async () => {
  const { token, device, page } = await open();
  await page.evaluate(
    async ([token, api_host]) => {
      const host = { api_host, warnings: () => {} };
      throughline.init(token, { ...host, persistence_name: Symbol('s') }, 'symbol').track('Symbol');
      throughline.init(token, { ...host, persistence_name: { a: 1 } }, 'object').track('Object');
      throughline.init(token, { ...host, persistence_name: undefined, loaded: null }, 'none').track('None');
      Object.freeze(throughline);
      throughline.init(token, host, 'frozen').track('Frozen');
      throughline.set_config({ api_host: undefined });
      throughline.track('Kept');
      await throughline.flush();
    },
    [token, environment.collector.url],
  );
  const events = await environment.collector.stored(token, 5);
  assert.deepEqual(events.map(({ event }) => event).sort(), ['Frozen', 'Kept', 'None', 'Object', 'Symbol']);
  assert.equal(await page.evaluate(() => throughline.get_config('api_host')), environment.collector.url);
  assert.deepEqual(device.problems, []);
});

for (const [name, code] of Object.entries({
  'tracks what is warned of': "throughline.track('')",
  'identifies as nobody': "throughline.identify('')",
  'tracks, of a visitor who opted out': "throughline.opt_out_tracking(); throughline.track('Warned')",
}))
  test(`a warnings function that ${name} gets those warnings too, but not endlessly`, async () => {
    const { token, device, page } = await open();
    const turns = await page.evaluate(
      async ([code, token, api_host]) => {
        const mistake = new Function(code);
        throughline.init(token, { api_host, warnings: (warning) => seen.push(warning) && mistake() });
        throughline.track('Before');
        await throughline.flush();
        mistake();
        await throughline.ready;
        mistake();
        for (let turn = 0; turn < 3; turn++) await new Promise((resolve) => setTimeout(resolve));
        return seen.length;
      },
      [code, token, environment.collector.url],
    );
    assert.ok(turns > 1 && turns < 5_000, `heard of ${turns}`);
    await environment.collector.stored(token, 1);
    assert.equal(await page.evaluate(() => throughline.ready), true);
    assert.deepEqual(page.warnings, []);
    assert.deepEqual(device.problems, []);
  });

test('arguments of any kind to any method cause no exception, and the tracker works afterwards', async () => {
  const { token, device, page } = await open();
  await page.evaluate(async () => {
    const revoked = () => {
      const { proxy, revoke } = Proxy.revocable({}, {});
      revoke();
      return proxy;
    };
    const throwing = new Proxy(
      {},
      new Proxy(
        {},
        {
          get: () => () => {
            throw new Error('no');
          },
        },
      ),
    );
    const unusualValues = [
      undefined,
      null,
      Symbol('s'),
      1n,
      () => 1,
      revoked(),
      throwing,
      window,
      document.createElement('form'),
      { toString: null, valueOf: null },
      Object.create(null),
      Object.defineProperty({}, 'warnings', { enumerable: true, get: () => throwing.x }),
      {
        event_names: revoked(),
        property_blocklist: throwing,
        persistence_name: Symbol('s'),
        api_host: {},
        batch_size: 1n,
      },
    ];
    const methods = Object.keys(throughline).filter((name) => name !== 'init');
    for (const when of ['before', 'after']) {
      for (const one of unusualValues)
        for (const method of methods) for (const two of unusualValues) throughline[method](one, two);
      for (const one of unusualValues)
        for (const two of unusualValues) for (const three of unusualValues) throughline.init(one, two, three);
      for (const one of unusualValues) throughline.init(`t-${when}`, one, `named-${when}`).track('Other', one);
      throughline.opt_in_tracking();
      throughline.init(tokenOf(), { api_host: hostOf(), warnings: () => {} });
      await throughline.ready;
    }
    function tokenOf() {
      return document.title.slice(1, -5);
    }
    function hostOf() {
      return window.apiHost;
    }
  });
  assert.deepEqual(device.problems, []);
  await page.evaluate(
    async ([token, api_host]) => {
      throughline.init(token, { api_host });
      throughline.opt_in_tracking();
      throughline.track('Goes On');
      await throughline.flush();
    },
    [token, environment.collector.url],
  );
  const events = await environment.collector.stored(token, 1);
  assert.ok(events.some(({ event }) => event === 'Goes On'));
  assert.deepEqual(device.problems, []);
});
