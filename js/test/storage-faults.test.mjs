// Storage that is full, blocked, missing or damaged: the page gets at most a warning, and while it stays open no event is lost.

import assert from 'node:assert/strict';
import { assertOneVisitor, stepNames } from './harness/assertions.mjs';
import { test } from './harness/bounded-test.mjs';
import { until } from './harness/collector.mjs';
import { useEnvironment } from './harness/environment.mjs';
import { createVisitor, waitForDelivery } from './harness/visitor.mjs';

const environment = useEnvironment();

/** Fills localStorage completely. */
const fill = `for (let size = 1 << 22, key = 0; size >= 1; )
  try { localStorage.setItem('fill' + key++, 'x'.repeat(size)); } catch { size >>= 1; }`;

const throwing = `Storage.prototype.setItem = () => { throw new DOMException('refused', 'SecurityError'); };`;
const throwingAll = `for (const name of ['setItem', 'getItem', 'removeItem', 'key', 'clear'])
  Storage.prototype[name] = () => { throw new DOMException('refused', 'SecurityError'); };
  Object.defineProperty(Storage.prototype, 'length', { get() { throw new DOMException('refused', 'SecurityError'); } });`;
const disabled = `Object.defineProperty(window, 'localStorage', { get() { throw new DOMException('denied', 'SecurityError'); } });`;
const nothing = `${disabled} Object.defineProperty(window, 'indexedDB', { get() { throw new DOMException('denied', 'SecurityError'); } });
  Object.defineProperty(navigator, 'locks', { get() { return undefined; } });`;
const noDatabase = `delete Window.prototype.indexedDB; delete window.indexedDB; delete window.IDBKeyRange;`;

const warned = (page, code) => page.warnings.filter((text) => text.startsWith(`Throughline [${code}]`)).length;

for (const [what, before, code] of [
  ['full', fill, 'storage_full'],
  ['refusing every write', throwing, 'storage_unavailable'],
  ['throwing on every call', throwingAll, 'storage_unavailable'],
  ['disabled', disabled, 'storage_unavailable'],
  ['disabled, with IndexedDB and locks gone too', nothing, 'storage_unavailable'],
]) {
  test(`with localStorage ${what}, nothing is lost while the page stays open`, async (t) => {
    const visitor = await createVisitor(environment, t, { before });
    await visitor.proxy.down();
    const page = await visitor.open();
    await page.evaluate(() => steps('early', 50));
    await page.evaluate(() => throughline.ready);
    await page.evaluate(() => steps('late', 50));
    assert.equal(await page.evaluate(() => throughline.flush()), false);
    await visitor.proxy.up();
    await waitForDelivery(page);
    const events = await visitor.assertStored([...stepNames('early', 50), ...stepNames('late', 50)]);
    assert.equal(assertOneVisitor(events), await page.evaluate(() => throughline.get_distinct_id()));
    assert.equal(warned(page, code), 1, page.warnings.join('\n'));
    assert.equal(page.warnings.length, 1, page.warnings.join('\n'));
  });

  test(`with localStorage ${what}, waiting events are sent when the page is left`, async (t) => {
    const visitor = await createVisitor(environment, t, { before });
    const page = await visitor.open();
    await page.evaluate(() => throughline.ready);
    await page.evaluate(() => {
      steps('e', 50);
      document.querySelector('a').click();
    });
    await visitor.waitForStored(50);
    assertOneVisitor(await visitor.assertStored(stepNames('e', 50)));
  });
}

test('without IndexedDB everything else works', async (t) => {
  const visitor = await createVisitor(environment, t, { before: noDatabase });
  const page = await visitor.ready();
  await page.evaluate(() => steps('e', 50));
  await waitForDelivery(page);
  assertOneVisitor(await visitor.assertStored(stepNames('e', 50)));
  assert.deepEqual(page.warnings, []);
});

test('what does not fit in localStorage is kept in IndexedDB for the next visit', async (t) => {
  const visitor = await createVisitor(environment, t);
  const page = await visitor.ready();
  await visitor.proxy.down();
  await page.evaluate(fill);
  await page.evaluate(() => steps('e', 50));
  await page.evaluate(() => throughline.flush());
  await page.waitForFunction(async () => {
    const database = await new Promise((resolve) => {
      indexedDB.open('throughline').onsuccess = ({ target }) => resolve(target.result);
    });
    const keys = await new Promise((resolve) => {
      database.transaction('texts').objectStore('texts').getAllKeys().onsuccess = ({ target }) =>
        resolve(target.result);
    });
    database.close();
    return keys.some((key) => key.startsWith('tlo_'));
  });
  await visitor.device.killTabs(page);
  await visitor.proxy.up();
  await visitor.ready();
  await visitor.waitForStored(50);
  assertOneVisitor(await visitor.assertStored(stepNames('e', 50)));
});

// Some pages clear their storage at logout.
for (const [what, empty] of [
  ['emptied', 'localStorage.clear()'],
  [
    'without our record',
    'for (const key of Object.keys(localStorage)) if (/^tl_/.test(key)) localStorage.removeItem(key)',
  ],
]) {
  test(`with localStorage ${what}, nothing is lost, and the next visitor is a new one, at once and permanently`, async (t) => {
    const visitor = await createVisitor(environment, t);
    const page = await visitor.ready();
    const other = await visitor.ready();
    const before = await page.evaluate(() => throughline.get_distinct_id());
    const after = await page.evaluate(async (empty) => {
      throughline.register({ plan: 'pro' });
      steps('e', 40);
      await new Promise((resolve) => setTimeout(resolve, 200));
      // biome-ignore lint/security/noGlobalEval: the test's own text
      eval(empty);
      steps('after', 2);
      return throughline.get_distinct_id();
    }, empty);
    assert.notEqual(after, before);
    await until(
      async () => (await other.evaluate(() => throughline.get_distinct_id())) === after,
      'the other tab follows',
    );
    await waitForDelivery(page);
    const events = await visitor.assertStored([...stepNames('e', 40), ...stepNames('after', 2)]);
    for (const { distinct_id, properties } of events) {
      const late = properties.n.startsWith('after');
      assert.deepEqual([distinct_id, properties.plan], late ? [after, undefined] : [before, 'pro'], properties.n);
    }
    await other.close();
    await page.close();
    const next = await visitor.ready();
    assert.equal(await next.evaluate(() => throughline.get_distinct_id()), after);
  });

  test(`with localStorage ${what} on a page without the library, the next visit is that of a new visitor`, async (t) => {
    const visitor = await createVisitor(environment, t);
    const page = await visitor.ready();
    const before = await page.evaluate(() => throughline.get_distinct_id());
    await page.evaluate(() => {
      throughline.identify('U');
      steps('e', 3);
    });
    await waitForDelivery(page);
    const gone = page.waitForURL('**/away.html');
    await page.evaluate(() => document.querySelector('a').click());
    await gone;
    await page.waitForTimeout(500);
    await page.evaluate(empty);
    await page.close();
    const next = await visitor.ready();
    const after = await next.evaluate(() => throughline.get_distinct_id());
    assert.notEqual(after, before);
    assert.notEqual(after, 'U');
    await next.evaluate(() => {
      throughline.alias('V');
      steps('f', 1);
    });
    await waitForDelivery(next);
    const events = await visitor.stored();
    assert.deepEqual(
      events.filter(({ event }) => event === '$create_alias').map(({ distinct_id }) => distinct_id),
      [after],
    );
    // Once more, because IndexedDB must have forgotten the old visitor, too.
    await next.close();
    assert.equal(await (await visitor.ready()).evaluate(() => throughline.get_distinct_id()), after);
    visitor.assertNoExceptions();
  });
}

/** Changes that old libraries and consent tools make to a page. */
const bends = {
  'Array.from of Prototype.js 1.7 and MooTools 1.4':
    'Array.from = (list) => (list ? Array.prototype.slice.call(list) : []);',
  'toJSON of Prototype.js 1.6':
    "Array.prototype.toJSON = function () { return '[' + Array.prototype.map.call(this, (value) => JSON.stringify(value)).join(', ') + ']'; };",
  'a listing of keys that is empty':
    "Storage.prototype.key = () => null; Object.defineProperty(Storage.prototype, 'length', { value: 0 });",
};

for (const [what, bend] of Object.entries(bends)) {
  test(`with ${what} after the library was loaded, events tracked once a second all arrive`, async (t) => {
    const visitor = await createVisitor(environment, t);
    const page = await visitor.ready();
    await page.evaluate(bend);
    for (let second = 0; second < 10; second++) {
      await page.evaluate((n) => steps(`s${n}-`, 1), second);
      await page.waitForTimeout(1000);
    }
    await waitForDelivery(page);
    assertOneVisitor(await visitor.assertStored(Array.from({ length: 10 }, (_, n) => `s${n}-0`)));
    assert.deepEqual(await page.evaluate(() => throughline.get_property('$dropped')), {});
    assert.deepEqual(page.warnings, []);
  });
}

test('with Array.from of Prototype.js 1.7 and MooTools 1.4 from the start, all events arrive, also those of the next visit', async (t) => {
  const visitor = await createVisitor(environment, t, {
    before: bends['Array.from of Prototype.js 1.7 and MooTools 1.4'],
  });
  const page = await visitor.ready();
  for (let second = 0; second < 10; second++) {
    await page.evaluate((n) => steps(`s${n}-`, 1), second);
    await page.waitForTimeout(500);
  }
  await visitor.proxy.down();
  await page.evaluate(() => steps('late', 3));
  await page.close();
  await visitor.proxy.up();
  await visitor.deliverAll();
  assertOneVisitor(
    await visitor.assertStored([...Array.from({ length: 10 }, (_, n) => `s${n}-0`), ...stepNames('late', 3)]),
  );
});

for (const [what, before] of [
  ['keeps nothing', 'Storage.prototype.setItem = () => {};'],
  [
    'keeps none of our keys',
    `const { setItem } = Storage.prototype;
    Storage.prototype.setItem = function (key, text) { if (!/^tl/.test(key)) setItem.call(this, key, text); };`,
  ],
  ['returns nothing', 'Storage.prototype.getItem = () => null;'],
  [
    'throws when it is read',
    "Storage.prototype.getItem = () => { throw new DOMException('denied', 'SecurityError'); };",
  ],
]) {
  test(`with a localStorage that ${what}, events are delivered with one warning, also when the page is left`, async (t) => {
    const visitor = await createVisitor(environment, t, { before });
    const page = await visitor.ready();
    for (let n = 0; n < 4; n++) {
      await page.evaluate((n) => steps(`s${n}-`, 3), n);
      await page.waitForTimeout(700);
    }
    await waitForDelivery(page);
    const id = await page.evaluate(() => throughline.get_distinct_id());
    const expected = [0, 1, 2, 3].flatMap((n) => stepNames(`s${n}-`, 3));
    assert.equal(assertOneVisitor(await visitor.assertStored(expected)), id);
    assert.equal(warned(page, 'storage_unavailable'), 1, page.warnings.join('\n'));
    assert.equal(page.warnings.length, 1, page.warnings.join('\n'));
    await page.evaluate(() => {
      steps('left', 20);
      document.querySelector('a').click();
    });
    await visitor.waitForStored(32);
    assertOneVisitor(await visitor.assertStored([...expected, ...stepNames('left', 20)]));
  });
}

test('with an unreachable collector, most of localStorage stays free for the site', async (t) => {
  const visitor = await createVisitor(environment, t);
  const page = await visitor.ready();
  await visitor.proxy.down();
  const [ours, all, waiting] = await page.evaluate(async () => {
    for (let n = 0; n < 450; n++) {
      throughline.track('Step', { n: `e${n}`, text: `${Math.random()}`.repeat(500) });
      if (n % 10 === 9) await new Promise((resolve) => setTimeout(resolve));
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
    const keys = Object.keys(localStorage);
    const size = (chosen) => chosen.reduce((sum, key) => sum + key.length + localStorage.getItem(key).length, 0);
    localStorage.setItem('site', 'x'.repeat(3_000_000));
    return [size(keys.filter((key) => key.startsWith('tl'))), size(keys), throughline.get_property('$dropped')];
  });
  assert.ok(ours <= 2_010_000 && ours > 1_500_000, `${ours} of ${all} characters`);
  assert.deepEqual(waiting, {});
  assert.deepEqual(page.warnings, []);
  await page.waitForTimeout(1500);
  await visitor.device.killTabs(page);
  await visitor.proxy.up();
  await visitor.ready();
  await visitor.waitForStored(450, 60);
  assertOneVisitor(await visitor.assertStored(stepNames('e', 450)));
});

test('if stored events are damaged, the others are delivered, and the loss is counted and reported', async (t) => {
  const visitor = await createVisitor(environment, t);
  const page = await visitor.ready();
  await visitor.proxy.down();
  await page.evaluate(() => steps('e', 50));
  await page.evaluate(() => {
    const key = Object.keys(localStorage).find((key) => key.startsWith('tlo_'));
    const lines = localStorage.getItem(key).split('\n');
    lines[8] = lines[8].slice(0, 40); // The first line holds the properties that the events have in common.
    localStorage.setItem(key, lines.join('\n'));
    localStorage.setItem(`${key.split('_', 2).join('_')}_nonsense`, 'nonsense');
    localStorage.setItem('tlo_', '\u0000');
  });
  await visitor.device.killTabs(page);
  await visitor.proxy.up();
  const next = await visitor.ready();
  await visitor.waitForStored(50);
  await waitForDelivery(next);
  const events = await visitor.stored();
  const droppedEvents = events.filter(({ event }) => event === '$dropped');
  assert.deepEqual(
    droppedEvents.map(({ properties }) => properties.damaged),
    [1],
  );
  visitor.assertStoredEvents(
    events.filter(({ event }) => event !== '$dropped'),
    stepNames('e', 50).filter((n) => n !== 'e7'),
  );
  assert.deepEqual(await next.evaluate(() => throughline.get_property('$dropped')), { damaged: 1 });
});

for (const [how, damage, survives] of [
  ['cut off', (text) => text.slice(0, -7), true],
  [
    'a field of the wrong type',
    (text) => text.replace(/"plan":"pro"/, '"plan":"pro","bad":').replace(/}$/, ',"first":7}'),
    true,
  ],
  ['nonsense', () => 'nonsense', false],
  ['JSON of another kind', () => '[1,2,3]', false],
  ['empty', () => '', false],
]) {
  test(`with a damaged record (${how}) there is one id and no exception`, async (t) => {
    const visitor = await createVisitor(environment, t);
    const page = await visitor.ready();
    const id = await page.evaluate(() => {
      throughline.register({ plan: 'pro' });
      return throughline.get_distinct_id();
    });
    await page.evaluate(() => steps('before', 5));
    await waitForDelivery(page);
    const key = `tl_${visitor.token}`;
    const text = await page.evaluate((key) => localStorage.getItem(key), key);
    await page.close();
    const tamper = await visitor.device.open(visitor.away);
    await tamper.evaluate(([key, text]) => localStorage.setItem(key, text), [key, damage(text)]);
    const next = await visitor.open();
    await next.evaluate(() => steps('early', 5));
    await next.evaluate(() => throughline.ready);
    await next.evaluate(() => steps('late', 5));
    await waitForDelivery(next);
    const events = await visitor.assertStored(['before', 'early', 'late'].flatMap((mark) => stepNames(mark, 5)));
    const after = new Set(events.slice(5).map(({ distinct_id }) => distinct_id));
    assert.deepEqual([...after], [await next.evaluate(() => throughline.get_distinct_id())]);
    if (survives) assert.deepEqual([...after], [id]);
  });
}

test('texts of every kind pass unchanged through Go, localStorage and the collector', async (t) => {
  const visitor = await createVisitor(environment, t);
  const texts = {
    empty: '',
    quoted: '{"a":"\\n"}',
    nul: 'a\0b',
    unicode: 'Ünïcode 🍵 \u2028',
    long: 'x'.repeat(300_000),
    half: 'half of 🍵: \ud83c',
  };
  const first = await visitor.ready();
  await first.evaluate((all) => throughline.register(all), texts);
  await first.close();
  const second = await visitor.ready();
  const kept = await second.evaluate(
    (names) => names.map((name) => throughline.get_property(name)),
    Object.keys(texts),
  );
  assert.deepEqual(kept, Object.values(texts));
  await second.evaluate(() => throughline.track('Step', { n: 'a' }));
  await waitForDelivery(second);
  const [{ properties }] = await visitor.assertStored(['a']);
  for (const [name, text] of Object.entries(texts)) assert.equal(properties[name], text, name);
});
