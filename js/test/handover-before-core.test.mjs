// Pages that are left before the core runs, while another page or tab changes who the visitor is: their events are counted once, and for
// the right visitor.

import assert from 'node:assert/strict';
import { assertExactlyOnce, distinctIDsOf, stepEvents, stepNames } from './harness/assertions.mjs';
import { test } from './harness/bounded-test.mjs';
import { useEnvironment } from './harness/environment.mjs';
import { createSlowCoreVisitor } from './harness/slow-core-visitor.mjs';
import { createVisitor } from './harness/visitor.mjs';

const environment = useEnvironment();

const idOf = (page) => page.evaluate(() => throughline.get_distinct_id());

const changes = { login: 'throughline.identify("U")', logout: 'throughline.reset()' };

for (const [name, change] of Object.entries(changes)) {
  for (const first of ['leaving', name]) {
    test(`a page that was left before the core ran, and a ${name} in another tab, ${first} first`, async (t) => {
      const visitor = await createSlowCoreVisitor(environment, t);
      const other = await visitor.ready();
      const before = await idOf(other);
      const page = await visitor.open(visitor.slowPage);
      await page.evaluate(() => {
        throughline.register({ plan: 'hasty' });
        steps('early', 5);
      });
      const changed = () => other.evaluate(`${change}; steps('other', 2); throughline.flush()`);
      if (first === name) await changed();
      await page.close();
      await visitor.waitForStored(5);
      if (first !== name) await changed();
      const after = await idOf(other);
      assert.notEqual(after, before);
      await other.close();

      const last = await visitor.deliverAll();
      await last.evaluate(() => {
        steps('late', 1);
        return throughline.flush();
      });
      const events = await visitor.stored();
      assertExactlyOnce(stepEvents(events), [
        ...stepNames('early', 5),
        ...stepNames('other', 2),
        ...stepNames('late', 1),
      ]);
      assert.deepEqual(distinctIDsOf(events, 'early'), [before]);
      assert.deepEqual([...distinctIDsOf(events, 'other'), ...distinctIDsOf(events, 'late')], [after, after]);
      assert.equal(await idOf(last), after);
      // A super property is sent only with events of the visitor who registered it.
      assert.equal(await last.evaluate(() => throughline.get_property('plan')), name === 'login' ? 'hasty' : undefined);
      visitor.assertNoExceptions();
    });
  }
}

test('a page that was hidden before the core ran, and a login in another tab meanwhile', async (t) => {
  const visitor = await createSlowCoreVisitor(environment, t);
  const other = await visitor.ready();
  const before = await idOf(other);
  const page = await visitor.open(visitor.slowPage);
  await page.evaluate(() => {
    steps('early', 5);
    dispatchEvent(new Event('pagehide'));
    steps('back', 5);
  });
  await visitor.waitForStored(5);
  await other.evaluate(() => {
    throughline.identify('U');
    return throughline.flush();
  });
  visitor.releaseCore();
  assert.equal(await page.evaluate(() => throughline.ready), true);
  assert.equal(await idOf(page), 'U');
  await page.evaluate(() => {
    steps('late', 1);
    return throughline.flush();
  });
  const events = await visitor.stored();
  assertExactlyOnce(stepEvents(events), [...stepNames('early', 5), ...stepNames('back', 5), ...stepNames('late', 1)]);
  assert.deepEqual(
    [distinctIDsOf(events, 'early'), distinctIDsOf(events, 'back'), distinctIDsOf(events, 'late')],
    [[before], [before], ['U']],
  );
  visitor.assertNoExceptions();
});

for (const [name, before, calls, isSent] of [
  [
    'tracked after it was hidden, and sent nothing',
    '',
    "dispatchEvent(new Event('pagehide')); steps('early', 5)",
    false,
  ],
  [
    'could send nothing',
    'navigator.sendBeacon = () => false',
    "steps('early', 5); dispatchEvent(new Event('pagehide'))",
    false,
  ],
  [
    'could send a part only',
    `const send = navigator.sendBeacon.bind(navigator);
     navigator.sendBeacon = (url, body) => body.get('data').split('$insert_id').length === 3 && send(url, body);`,
    "steps('early', 5); dispatchEvent(new Event('pagehide'))",
    true,
  ],
])
  test(`a page that ${name} ${isSent ? 'keeps to the visitor of what it sent' : 'follows a login in another tab'}`, async (t) => {
    const visitor = await createSlowCoreVisitor(environment, t, { before });
    const other = await visitor.ready();
    const first = await idOf(other);
    const page = await visitor.open(visitor.slowPage);
    await page.evaluate(calls);
    if (isSent) await visitor.waitForStored(2);
    await other.evaluate(() => {
      throughline.identify('U');
      return throughline.flush();
    });
    visitor.releaseCore();
    await page.evaluate(() => throughline.ready);
    await page.evaluate(() => throughline.flush());
    const events = await visitor.stored();
    assertExactlyOnce(stepEvents(events), stepNames('early', 5));
    assert.deepEqual(distinctIDsOf(events, 'early'), [isSent ? first : 'U']);
    visitor.assertNoExceptions();
  });

test('a page that stays visible follows a login in another tab before its own core runs', async (t) => {
  const visitor = await createSlowCoreVisitor(environment, t);
  const other = await visitor.ready();
  const page = await visitor.open(visitor.slowPage);
  await page.evaluate(() => throughline.identify('U'));
  await other.evaluate(() => {
    throughline.identify('U');
    return throughline.flush();
  });
  visitor.releaseCore();
  await page.evaluate(async () => {
    await throughline.ready;
    steps('e', 1);
    return throughline.flush();
  });
  const events = await visitor.stored();
  assert.equal(events.filter(({ event }) => event === '$identify').length, 1, 'one visitor logged in once');
  assert.deepEqual(distinctIDsOf(events, 'e'), ['U']);
  visitor.assertNoExceptions();
});

test('after a login on a page that was left before the core ran, events of the next such page wait until Go knows whose they are', async (t) => {
  const visitor = await createSlowCoreVisitor(environment, t);
  const before = await idOf(await visitor.ready());
  const first = await visitor.open(visitor.slowPage);
  await first.evaluate(() => {
    steps('before', 2);
    throughline.identify('U');
    steps('after', 2);
  });
  await first.goto(visitor.slowPage);
  await first.evaluate(() => steps('next', 2));
  await first.close();
  await visitor.waitForStored(2);
  const handed = await visitor.stored();
  assert.deepEqual([distinctIDsOf(handed, 'before'), handed.length], [[before], 2]);
  await visitor.deliverAll();
  const events = await visitor.stored();
  assertExactlyOnce(stepEvents(events), [...stepNames('before', 2), ...stepNames('after', 2), ...stepNames('next', 2)]);
  assert.deepEqual(
    ['before', 'after', 'next'].map((mark) => distinctIDsOf(events, mark)),
    [[before], ['U'], ['U']],
  );
  visitor.assertNoExceptions();
});

test('events tracked after the core has crashed are delivered at the next visit, also without a beacon', async (t) => {
  const visitor = await createVisitor(environment, t);
  const page = await visitor.ready();
  await page.evaluate(() => {
    throughline.identify('U');
    return throughline.flush();
  });
  await visitor.proxy.down();
  await page.evaluate(() => {
    const { encodeInto } = TextEncoder.prototype;
    TextEncoder.prototype.encodeInto = () => {
      TextEncoder.prototype.encodeInto = encodeInto;
      throw new Error('memory is gone');
    };
    steps('e', 5);
  });
  await page.close();
  await visitor.proxy.up();
  await visitor.deliverAll();
  const events = await visitor.stored();
  assertExactlyOnce(stepEvents(events), stepNames('e', 5));
  assert.deepEqual(distinctIDsOf(events, 'e'), ['U']);
  visitor.assertNoExceptions();
});

test('a page that is left or killed while a second tracker opens loses nothing of the first', async (t) => {
  const visitor = await createVisitor(environment, t);
  for (const end of ['close', 'kill']) {
    const page = await visitor.ready();
    const id = await idOf(page);
    // The second tracker is waiting for IndexedDB.
    await page.evaluate((mark) => {
      throughline.init('other', { api_host: 'http://127.0.0.1:9', persistence_name: 'o' }, 'other');
      steps(mark, 5);
    }, end);
    if (end === 'close') await page.close();
    else await visitor.device.killTabs(page);
    if (end === 'close') await visitor.waitForStored(5);
    await visitor.deliverAll();
    const events = await visitor.stored();
    assert.deepEqual(distinctIDsOf(events, end), [id]);
  }
  await visitor.assertStored([...stepNames('close', 5), ...stepNames('kill', 5)]);
});

test('on a page left before the core ran, after a second init with another token, each event goes to the project it was tracked for', async (t) => {
  const visitor = await createSlowCoreVisitor(environment, t);
  const other = environment.token();
  const page = await visitor.open(visitor.slowPage);
  await page.evaluate((token) => {
    steps('first', 3);
    throughline.init(token, throughline.get_config());
    steps('second', 3);
  }, other);
  await page.close();
  await visitor.waitForStored(3);
  await visitor.deliverAll();
  await visitor.assertStored(stepNames('first', 3));
  await visitor.assertStored(stepNames('second', 3), other);
});

test('on a page left before the core ran, an unknown option causes no exception and no loss', async (t) => {
  const visitor = await createVisitor(environment, t, {
    config: { property_blocklist: 5, wasm_url: '/none-yet.wasm' },
  });
  environment.site.answers['/none-yet.wasm'] = () => {};
  const page = await visitor.open();
  await page.evaluate(() => {
    steps('e', 3);
    dispatchEvent(new Event('pagehide'));
  });
  await page.close();
  environment.site.answers['/none-yet.wasm'] = (_request, response) =>
    response.writeHead(307, { Location: '/lib/throughline.wasm' }).end();
  await visitor.deliverAll();
  await visitor.assertStored(stepNames('e', 3));
});

test('after Go has made a login, later pages send their events when they are left', async (t) => {
  const visitor = await createSlowCoreVisitor(environment, t);
  const page = await visitor.open(visitor.slowPage);
  await page.evaluate(() => throughline.identify('U'));
  await page.close();
  await visitor.deliverAll(); // Go makes the stored calls.
  const next = await visitor.open(visitor.slowPage);
  await next.evaluate(() => steps('e', 3));
  await next.close();
  await visitor.waitForStored(4); // The login, and three events without a further visit.
  assert.deepEqual(distinctIDsOf(await visitor.stored(), 'e'), ['U']);
  await visitor.deliverAll();
  assertExactlyOnce(stepEvents(await visitor.stored()), stepNames('e', 3));
});

test('after an opt-out on a page that was left before the core ran, nothing of the visitor is sent, however late', async (t) => {
  const visitor = await createSlowCoreVisitor(environment, t);
  await visitor.ready();
  const page = await visitor.open(visitor.slowPage);
  await page.evaluate(() => {
    throughline.opt_out_tracking();
    throughline.identify('U');
  });
  await page.close();
  const later = await visitor.open(visitor.slowPage);
  // As a page that opens an hour later.
  await later.addInitScript(() => {
    const now = Date.now;
    Date.now = () => now() + 3_600_000;
  });
  await later.goto(visitor.slowPage);
  await later.evaluate(() => steps('e', 3));
  await later.close();
  await visitor.deliverAll();
  assert.deepEqual(await visitor.stored(), []);
  visitor.assertNoExceptions();
});

test('before the core runs, an alias is sent by beacon only if it surely is an id', async (t) => {
  for (const [id, handed] of [
    ['undefined', false],
    ['$device:1234', false],
    ['-1', false],
    ['jane@example.com', true],
  ]) {
    const visitor = await createSlowCoreVisitor(environment, t);
    const page = await visitor.open(visitor.slowPage);
    await page.evaluate((id) => {
      throughline.alias(id);
      steps('e', 1);
    }, id);
    await page.close();
    await visitor.waitForStored(handed ? 2 : 1);
    const aliases = (await visitor.stored()).filter(({ event }) => event === '$create_alias');
    assert.deepEqual(
      aliases.map(({ properties }) => properties.alias),
      handed ? [id] : [],
    );
  }
});

test('invalid stored calls do not disturb Go, and the valid ones are made', async (t) => {
  const visitor = await createSlowCoreVisitor(environment, t);
  const page = await visitor.open(visitor.slowPage);
  await page.evaluate(() => steps('e', 3));
  await visitor.device.killTabs(page);
  const by = await visitor.open(visitor.away);
  await by.evaluate(() => {
    const call = (args, method = 0) => ['', method, args, 1, 'id', '[]'];
    const texts = [
      '{',
      '[]',
      '[5]',
      '[null]',
      '[[]]',
      JSON.stringify([call('["T"]')]),
      JSON.stringify([call('["T",null,null]')]),
    ];
    texts.push(
      JSON.stringify([call('oops')]),
      JSON.stringify([call('["T",5,6]')]),
      JSON.stringify([call('oops', 1), call('5', 3)]),
    );
    for (const [n, text] of texts.entries()) localStorage.setItem(`tlq_by-hand${n}_0`, text);
  });
  await by.close();
  await visitor.deliverAll();
  await visitor.assertStored(stepNames('e', 3));
});

test('a page with two trackers that was left before the core ran, and a login in another tab', async (t) => {
  const visitor = await createSlowCoreVisitor(environment, t);
  const other = await visitor.ready();
  const before = await other.evaluate(() => throughline.get_distinct_id());
  const page = await visitor.open(visitor.slowPage);
  await page.evaluate(() => {
    steps('early', 3);
    throughline.init('beside', { ...throughline.get_config(), persistence_name: 'beside' }, 'beside');
    throughline.beside.track('Beside');
    steps('too', 3);
  });
  await page.close();
  await visitor.waitForStored(6);
  await other.evaluate(() => {
    throughline.identify('U');
    return throughline.flush();
  });
  await visitor.deliverAll();
  const events = await visitor.stored();
  assertExactlyOnce(stepEvents(events), [...stepNames('early', 3), ...stepNames('too', 3)]);
  assert.deepEqual([distinctIDsOf(events, 'early'), distinctIDsOf(events, 'too')], [[before], [before]]);
  visitor.assertNoExceptions();
});

test('if another tab has decided the id of a new visitor and logged in, the page leaves it to Go whose its events are', async (t) => {
  const visitor = await createSlowCoreVisitor(environment, t);
  const page = await visitor.open(visitor.slowPage);
  await page.evaluate((token) => {
    steps('e', 3);
    const other = { distinct_id: 'U', device_id: 'd2', user_id: 'U', identity_ms: Date.now(), saves: 1 };
    localStorage.setItem(`tl_${token}`, JSON.stringify(other));
  }, visitor.token);
  await page.close();
  await visitor.deliverAll();
  const events = await visitor.assertStored(stepNames('e', 3));
  assert.deepEqual(distinctIDsOf(events, 'e'), ['$device:d2']);
});
