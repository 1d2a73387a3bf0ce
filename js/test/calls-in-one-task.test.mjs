// Several calls in one task: events cross to Go together at its end, with the same result as if each had been made at once.

import assert from 'node:assert/strict';
import { assertExactlyOnce, stepNames } from './harness/assertions.mjs';
import { test } from './harness/bounded-test.mjs';
import { useEnvironment } from './harness/environment.mjs';
import { createVisitor } from './harness/visitor.mjs';

const environment = useEnvironment();

test('calls of every kind in one task keep their order', async (t) => {
  const visitor = await createVisitor(environment, t);
  const page = await visitor.ready();
  const answers = await page.evaluate(() => {
    const before = throughline.get_distinct_id();
    const answers = [];
    steps('plain', 2);
    throughline.register({ plan: 'pro' });
    steps('pro', 2);
    answers.push(throughline.get_property('plan'));
    throughline.unregister('plan');
    history.pushState(0, '', '#elsewhere');
    steps('elsewhere', 2);
    throughline.identify('U');
    steps('U', 2);
    answers.push(throughline.get_distinct_id());
    throughline.init('other', { api_host: 'http://127.0.0.1:9', persistence_name: 'o' }, 'other');
    steps('late', 2);
    throughline.reset();
    steps('reset', 2);
    return { before, answers };
  });
  await page.evaluate(() => throughline.ready);
  const after = await page.evaluate(() => throughline.get_distinct_id());
  await page.evaluate(() => throughline.flush());
  const events = (await visitor.stored()).filter(({ event }) => event === 'Step');
  const marks = ['plain', 'pro', 'elsewhere', 'U', 'late', 'reset'];
  assertExactlyOnce(
    events,
    marks.flatMap((mark) => stepNames(mark, 2)),
  );
  const of = (mark) => events.filter(({ properties }) => properties.n.startsWith(mark));
  for (const mark of marks) {
    const [plan, id] = [
      mark === 'pro' ? 'pro' : undefined,
      { U: 'U', late: 'U', reset: after }[mark] ?? answers.before,
    ];
    for (const { distinct_id, properties } of of(mark)) {
      assert.deepEqual([properties.plan, distinct_id], [plan, id], mark);
      const there = ['plain', 'pro'].includes(mark);
      assert.equal(properties.$current_url.endsWith('#elsewhere'), !there, mark);
    }
  }
  assert.deepEqual(answers.answers, ['pro', 'U']);
  assert.notEqual(after, answers.before);
  visitor.assertNoExceptions();
});

test('the events of a frame are stored even if its page removes it in the same task', async (t) => {
  const visitor = await createVisitor(environment, t);
  const frame = visitor.page('frame.html');
  const page = await visitor.ready(visitor.page('frames.html', `<iframe src="${frame}"></iframe>`));
  await page.evaluate(async () => {
    const frame = document.querySelector('iframe');
    await frame.contentWindow.throughline.ready;
    frame.contentWindow.steps('e', 5);
    frame.remove();
  });
  await visitor.waitForStored(5);
  await visitor.assertStored(stepNames('e', 5));
});

test('a warning function that calls the library keeps the order of calls, and after a crash in a task no call is made twice', async (t) => {
  const visitor = await createVisitor(environment, t);
  const page = await visitor.ready();
  await page.evaluate(() => {
    throughline.set_config({ warnings: () => throughline.track('Step', { n: 'told' }) });
    steps('a', 3);
    throughline.track('');
    steps('b', 3);
  });
  await page.evaluate(() => throughline.flush());
  await page.evaluate(() => {
    throughline.set_config({ warnings: 'silent' });
    const { encodeInto } = TextEncoder.prototype;
    let calls = 0;
    TextEncoder.prototype.encodeInto = function (...args) {
      if (++calls === 2) throw new Error('memory is gone');
      return encodeInto.apply(this, args);
    };
    steps('c', 3);
    throughline.register({ plan: 'pro' });
    steps('d', 3);
  });
  await page.close();
  await visitor.deliverAll();
  const marks = ['a', 'b', 'c', 'd'].flatMap((mark) => stepNames(mark, 3));
  await visitor.assertStored([...marks, 'told']);
});

test('of more events in one task than may wait, the newest are refused and counted', async (t) => {
  const visitor = await createVisitor(environment, t);
  await visitor.proxy.down();
  const page = await visitor.ready();
  await page.evaluate(() => steps('e', 6000));
  const dropped = await page.evaluate(() => throughline.get_property('$dropped'));
  await visitor.proxy.up();
  await visitor.deliverAll();
  const events = (await visitor.stored()).filter(({ event }) => event === 'Step');
  assert.equal(events.length, 5000);
  assertExactlyOnce(events, stepNames('e', 5000));
  assert.equal(
    Object.values(dropped).reduce((sum, count) => sum + count),
    1000,
  );
  visitor.assertNoExceptions();
});
