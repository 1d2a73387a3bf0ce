// Storage that is full, refuses, is not there or was tampered with: the page notices nothing but a warning, and while it stays
// nothing is lost.

import assert from 'node:assert/strict';
import { oneVisitor, sequence } from './harness/accounting.mjs';
import { test } from './harness/test.mjs';
import { delivered, visitorOf } from './harness/visitor.mjs';
import { useWorld } from './harness/world.mjs';

const world = useWorld();

/** Fills localStorage to the last character. */
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
  test(`localStorage ${what}: while the page stays nothing is lost`, async (t) => {
    const visitor = await visitorOf(world, t, { before });
    await visitor.line.down();
    const page = await visitor.open();
    await page.evaluate(() => steps('early', 50));
    await page.evaluate(() => throughline.ready);
    await page.evaluate(() => steps('late', 50));
    assert.equal(await page.evaluate(() => throughline.flush()), false);
    await visitor.line.up();
    await delivered(page);
    const events = await visitor.account([...sequence('early', 50), ...sequence('late', 50)]);
    assert.equal(oneVisitor(events), await page.evaluate(() => throughline.get_distinct_id()));
    assert.equal(warned(page, code), 1, page.warnings.join('\n'));
    assert.equal(page.warnings.length, 1, page.warnings.join('\n'));
  });

  test(`localStorage ${what}: what waits is handed over on leaving`, async (t) => {
    const visitor = await visitorOf(world, t, { before });
    const page = await visitor.open();
    await page.evaluate(() => throughline.ready);
    await page.evaluate(() => {
      steps('e', 50);
      document.querySelector('a').click();
    });
    await visitor.reaches(50);
    oneVisitor(await visitor.account(sequence('e', 50)));
  });
}

test('no IndexedDB at all: all else goes on', async (t) => {
  const visitor = await visitorOf(world, t, { before: noDatabase });
  const page = await visitor.ready();
  await page.evaluate(() => steps('e', 50));
  await delivered(page);
  oneVisitor(await visitor.account(sequence('e', 50)));
  assert.deepEqual(page.warnings, []);
});

test('a storage that is full has what it could not take in IndexedDB, for the next visit', async (t) => {
  const visitor = await visitorOf(world, t);
  const page = await visitor.ready();
  await visitor.line.down();
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
  await visitor.line.up();
  await visitor.ready();
  await visitor.reaches(50);
  oneVisitor(await visitor.account(sequence('e', 50)));
});

test('localStorage emptied by the page a moment after, as at a logout: nothing is lost', async (t) => {
  const visitor = await visitorOf(world, t);
  const page = await visitor.ready();
  await page.evaluate(async () => {
    steps('e', 40);
    await new Promise((resolve) => setTimeout(resolve, 200));
    localStorage.clear();
  });
  await delivered(page);
  const id = oneVisitor(await visitor.account(sequence('e', 40)));
  const next = await visitor.ready();
  assert.equal(await next.evaluate(() => throughline.get_distinct_id()), id);
});

test('events damaged by hand: the rest is stored, the loss is counted and told', async (t) => {
  const visitor = await visitorOf(world, t);
  const page = await visitor.ready();
  await visitor.line.down();
  await page.evaluate(() => steps('e', 50));
  await page.evaluate(() => {
    const key = Object.keys(localStorage).find((key) => key.startsWith('tlo_'));
    const lines = localStorage.getItem(key).split('\n');
    lines[8] = lines[8].slice(0, 40); // The first line is what the events have in common.
    localStorage.setItem(key, lines.join('\n'));
    localStorage.setItem(`${key.split('_', 2).join('_')}_nonsense`, 'nonsense');
    localStorage.setItem('tlo_', '\u0000');
  });
  await visitor.device.killTabs(page);
  await visitor.line.up();
  const next = await visitor.ready();
  await visitor.reaches(50);
  await delivered(next);
  const events = await visitor.stored();
  const told = events.filter(({ event }) => event === '$dropped');
  assert.deepEqual(
    told.map(({ properties }) => properties.damaged),
    [1],
  );
  visitor.accountOf(
    events.filter(({ event }) => event !== '$dropped'),
    sequence('e', 50).filter((n) => n !== 'e7'),
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
  test(`the record damaged by hand, ${how}: one id, no exception, the page goes on`, async (t) => {
    const visitor = await visitorOf(world, t);
    const page = await visitor.ready();
    const id = await page.evaluate(() => {
      throughline.register({ plan: 'pro' });
      return throughline.get_distinct_id();
    });
    await page.evaluate(() => steps('before', 5));
    await delivered(page);
    const key = `tl_${visitor.token}`;
    const text = await page.evaluate((key) => localStorage.getItem(key), key);
    await page.close();
    const tamper = await visitor.device.open(visitor.away);
    await tamper.evaluate(([key, text]) => localStorage.setItem(key, text), [key, damage(text)]);
    const next = await visitor.open();
    await next.evaluate(() => steps('early', 5));
    await next.evaluate(() => throughline.ready);
    await next.evaluate(() => steps('late', 5));
    await delivered(next);
    const events = await visitor.account(['before', 'early', 'late'].flatMap((mark) => sequence(mark, 5)));
    const after = new Set(events.slice(5).map(({ distinct_id }) => distinct_id));
    assert.deepEqual([...after], [await next.evaluate(() => throughline.get_distinct_id())]);
    if (survives) assert.deepEqual([...after], [id]);
  });
}

test('texts of every kind survive Go, localStorage and the collector as they were', async (t) => {
  const visitor = await visitorOf(world, t);
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
  await delivered(second);
  const [{ properties }] = await visitor.account(['a']);
  for (const [name, text] of Object.entries(texts)) assert.equal(properties[name], text, name);
});
