// A further tracker that opens while the first one runs or starts. Opening waits for storage; meanwhile nothing of the first tracker may be
// lost, delayed without need, or attributed to the wrong visitor.

import assert from 'node:assert/strict';
import { assertExactlyOnce, distinctIDsOf, stepEvents, stepNames } from './harness/assertions.mjs';
import { test } from './harness/bounded-test.mjs';
import { useEnvironment } from './harness/environment.mjs';
import { neverAnswer } from './harness/faulty-proxy.mjs';
import { createSlowCoreVisitor } from './harness/slow-core-visitor.mjs';
import { createVisitor } from './harness/visitor.mjs';

const environment = useEnvironment();

/** Page code that slows IndexedDB down for the record of a second tracker. `askedForRecord` resolves when it is being read. */
const slow = `
  window.askedForRecord = new Promise((resolve) => {
    const { get } = IDBObjectStore.prototype;
    IDBObjectStore.prototype.get = function (key) {
      if (!key.endsWith('_o')) return get.call(this, key);
      const busy = () => { this.count().onsuccess = busy; };
      busy();
      resolve(true);
      return {};
    };
  });
  window.openSlowly = () => throughline.init('other', { api_host: 'http://127.0.0.1:9', persistence_name: 'o' }, 'other');`;

const hide = `Object.defineProperty(document, 'hidden', { value: true }); document.dispatchEvent(new Event('visibilitychange', { bubbles: true }))`;

test('loaded() of every tracker is called, also if it opens a further tracker', async (t) => {
  const visitor = await createVisitor(environment, t);
  const page = await visitor.open(visitor.page('bare.html'));
  const called = await page.evaluate(async () => {
    const called = [];
    const open = (name, loaded) => throughline.init(`of-${name}`, { api_host: 'http://127.0.0.1:9', loaded }, name);
    open('one', () => {
      called.push('one');
      open('three', () => called.push('three'));
    });
    open('two', () => called.push('two'));
    for (let n = 0; n < 100 && called.length < 3; n++) await new Promise((resolve) => setTimeout(resolve, 50));
    return called;
  });
  assert.deepEqual(called.sort(), ['one', 'three', 'two']);
  visitor.assertNoExceptions();
});

test('flush() works while another tracker opens in the same task', async (t) => {
  const visitor = await createVisitor(environment, t, { before: slow });
  const page = await visitor.ready();
  const sent = await page.evaluate(() => {
    steps('e', 3);
    const flushed = throughline.flush();
    openSlowly();
    return flushed;
  });
  assert.equal(sent, true);
  await visitor.assertStored(stepNames('e', 3));
});

test('calls made before another tracker opens in the same task take effect and are stored at once', async (t) => {
  const visitor = await createVisitor(environment, t, { before: slow });
  const page = await visitor.ready();
  const before = await page.evaluate(() => throughline.get_distinct_id());
  const answers = await page.evaluate(() => {
    steps('before', 5);
    throughline.identify('U');
    throughline.register({ plan: 'pro' });
    openSlowly();
    steps('after', 5);
    return [throughline.get_distinct_id(), throughline.get_property('plan')];
  });
  assert.deepEqual(answers, ['U', 'pro']);
  await visitor.device.killTabs(page); // The other tracker is still opening.
  await visitor.deliverAll();
  const events = await visitor.stored();
  assertExactlyOnce(stepEvents(events), [...stepNames('before', 5), ...stepNames('after', 5)]);
  assert.deepEqual([distinctIDsOf(events, 'before'), distinctIDsOf(events, 'after')], [[before], ['U']]);
  visitor.assertNoExceptions();
});

test('a page that is left while another tracker opens sends events for the visitor who logged in in the same task', async (t) => {
  const visitor = await createVisitor(environment, t, { before: slow });
  const page = await visitor.ready();
  await page.evaluate(() => {
    throughline.identify('U');
    openSlowly();
    steps('e', 5);
  });
  await page.close();
  await visitor.deliverAll();
  const events = await visitor.stored();
  assertExactlyOnce(stepEvents(events), stepNames('e', 5));
  assert.deepEqual(distinctIDsOf(events, 'e'), ['U']);
});

test('a page that is hidden while its second tracker opens sends events for the visitor who logged in before Go ran', async (t) => {
  const visitor = await createSlowCoreVisitor(environment, t, { before: slow });
  const page = await visitor.open(visitor.slowPage);
  await page.evaluate(() => {
    throughline.identify('U');
    steps('before', 1);
    openSlowly();
    steps('after', 5);
  });
  visitor.releaseCore();
  assert.equal(await page.evaluate(() => askedForRecord), true);
  assert.equal(await page.evaluate(() => throughline.get_distinct_id()), 'U');
  await page.evaluate(hide);
  await page.evaluate(() => throughline.ready);
  await page.evaluate(() => throughline.flush());
  const events = await visitor.stored();
  assertExactlyOnce(stepEvents(events), ['before0', ...stepNames('after', 5)]);
  assert.deepEqual([distinctIDsOf(events, 'before'), distinctIDsOf(events, 'after')], [['U'], ['U']]);
  visitor.assertNoExceptions();
});

for (const when of ['while Go ran', 'before Go ran'])
  test(`calls of a tracker that opens after the page was hidden ${when} were not handed over, and belong to the visitor of the newer copy`, async (t) => {
    const visitor = await createSlowCoreVisitor(environment, t);
    const other = environment.token();
    const openOther = (page, action) =>
      page.evaluate(
        ([token, action]) => {
          throughline.init(token, { api_host: throughline.get_config('api_host') }, 'other');
          new Function(action)();
        },
        [other, action],
      );
    const flushOther = (page) => page.evaluate(() => throughline.ready.then(() => throughline.other.flush()));
    const first = await visitor.ready();
    await openOther(first, '');
    await flushOther(first);
    const anonymous = await first.evaluate(() => ({ ...localStorage }));
    await openOther(first, "throughline.other.identify('U')");
    await flushOther(first);
    await first.goto(visitor.away);
    // The browser was killed before it had written the last change of localStorage; IndexedDB has it.
    await first.evaluate((record) => Object.assign(localStorage, record), anonymous);
    const page = await visitor.open(visitor.slowPage);
    if (when === 'while Go ran') {
      visitor.releaseCore();
      await page.evaluate(() => throughline.ready);
    }
    await page.evaluate(hide);
    await openOther(page, "throughline.other.track('Bought')");
    visitor.releaseCore();
    await flushOther(page);
    const events = await environment.collector.stored(other, 1);
    assert.deepEqual(
      events.filter(({ event }) => event === 'Bought').map(({ distinct_id }) => distinct_id),
      ['U'],
    );
  });

test('flush() resolves also if Go crashes meanwhile', async (t) => {
  const visitor = await createVisitor(environment, t);
  const page = await visitor.ready();
  visitor.proxy.rule = () => neverAnswer;
  const answers = await page.evaluate(async () => {
    steps('e', 3);
    const under_way = throughline.flush();
    await new Promise((resolve) => setTimeout(resolve, 200)); // The request has been sent, and is never answered.
    TextEncoder.prototype.encodeInto = () => {
      throw new Error('memory is gone');
    };
    throughline.identify('U');
    return [await under_way, await throughline.flush()];
  });
  assert.deepEqual(answers, [false, false]);
  visitor.assertNoExceptions();
});

test('a console.warn that throws does not disturb the page', async (t) => {
  const visitor = await createVisitor(environment, t);
  const page = await visitor.ready();
  await page.evaluate(() => {
    console.warn = () => {
      throw new Error('not on our site');
    };
    steps('before', 1);
    throughline.track('');
    throughline.identify('undefined');
    steps('after', 1);
    return throughline.flush();
  });
  await visitor.assertStored(['before0', 'after0']);
});

test('`ready` is refused as the name of an instance', async (t) => {
  const visitor = await createVisitor(environment, t);
  const page = await visitor.ready();
  const [ready, tracks] = await page.evaluate(async () => {
    const api = throughline.init('other', { api_host: 'http://127.0.0.1:9' }, 'ready');
    return [await throughline.ready, typeof api.track];
  });
  assert.deepEqual([ready, tracks], [true, 'function']);
  assert.match(page.warnings.join(), /name_taken/);
  visitor.assertNoExceptions();
});

test('a warning that is thrown does not stop a tracker from opening', async (t) => {
  const visitor = await createVisitor(environment, t, { config: { warnings: 'throw' } });
  const page = await visitor.ready();
  const thrown = await page.evaluate(async (host) => {
    steps('first', 1);
    const { setItem } = Storage.prototype;
    Storage.prototype.setItem = () => {
      throw new DOMException('full', 'QuotaExceededError');
    };
    const api = throughline.init('of-other', { api_host: host, persistence_name: 'o' }, 'other');
    Storage.prototype.setItem = setItem;
    const thrown = [];
    try {
      api.track('Step', { n: 'second0' }); // The event is accepted although the call throws a warning.
    } catch ({ name, warning }) {
      thrown.push(name, warning.code);
    }
    await throughline.ready;
    await api.flush();
    return thrown;
  }, visitor.proxy.url);
  assert.deepEqual(thrown, ['ThroughlineWarning', 'storage_full']);
  await visitor.deliverAll();
  await visitor.assertStored(['first0']);
  await visitor.assertStored(['second0'], 'of-other');
});

test('the mark of an opt-out is removed when the tracker it waited for has opened', async (t) => {
  const visitor = await createVisitor(environment, t);
  const page = await visitor.ready();
  const noted = await page.evaluate(async () => {
    throughline.init('other', { api_host: 'http://127.0.0.1:9' }, 'other');
    throughline.opt_out_tracking();
    const noted = [localStorage.tlw];
    await throughline.ready;
    return [...noted, localStorage.tlw ?? 'nothing'];
  });
  assert.deepEqual(noted, ['Infinity', 'nothing']);
  visitor.assertNoExceptions();
});
