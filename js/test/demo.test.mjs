// The demo: the story, and the classic mistakes.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from './harness/bounded-test.mjs';
import { until } from './harness/collector.mjs';
import { openDemo, pressAndWait, rows, sendEvents, waitForRows } from './harness/demo-page.mjs';
import { useEnvironment } from './harness/environment.mjs';

const environment = useEnvironment();

/** The letter of the person who took a step. */
const markOf = (page, step) => page.locator(`[data-step=${step}] .step-badge b`).textContent();

test('the steps of the story belong to one person, with one look, until the visitor logs out', async () => {
  const device = await environment.device();
  const page = await openDemo(device, environment.collector, environment.token());
  const [{ distinctId: original, mark }] = await pressAndWait(page, 'browse', 1);
  assert.match(original, /^\$device:/);
  await pressAndWait(page, 'sign-up', 2);
  await pressAndWait(page, 'keep-browsing', 3);
  await pressAndWait(page, 'log-in', 4);
  const story = await pressAndWait(page, 'log-in-elsewhere', 6);
  assert.deepEqual(story.map(({ event, distinctId }) => [event, distinctId]).reverse(), [
    ['Item Viewed', original],
    ['$create_alias', original],
    ['Item Added', original],
    ['$identify', 'jane'],
    ['$identify', 'jane'],
    ['Cart Opened', 'jane'],
  ]);
  for (const { event, person, mark: its } of story) assert.deepEqual([event, person, its], [event, original, mark]);
  const cart = story[0];
  assert.ok(cart.text.includes(original), 'the row of an alias tells the original distinct_id');

  const card = page.getByTestId('person-card');
  await until(async () => (await card.getByTestId('person-id').count()) === 2, 'both ids on the card');
  assert.deepEqual(
    await card
      .getByTestId('person-id')
      .evaluateAll((ids) => ids.map(({ dataset }) => [dataset.distinctId, dataset.joined])),
    [
      [original, 'original'],
      ['jane', 'alias'],
    ],
  );
  for (const step of ['browse', 'sign-up', 'keep-browsing', 'log-in', 'log-in-elsewhere'])
    assert.equal(await markOf(page, step), 'A', step);

  await page.getByTestId('log-out').click();
  const who = page.locator('[data-testid=visitor][data-instance=throughline]');
  await until(async () => (await who.getAttribute('data-distinct-id')) !== original, 'somebody else');
  const [stranger] = await pressAndWait(page, 'browse', 7);
  assert.match(stranger.distinctId, /^\$device:/);
  assert.notEqual(stranger.distinctId, original);
  assert.equal(stranger.person, stranger.distinctId);
  assert.notEqual(stranger.mark, mark);
  await until(async () => (await markOf(page, 'browse')) === 'B', 'the step wears the mark of the stranger');
  assert.equal(await page.getByTestId('warning').count(), 0);

  await page.reload();
  const again = await waitForRows(page, 7);
  assert.deepEqual(
    again.map((row) => [row.person, row.mark]),
    (await rows(page)).map((row) => [row.person, row.person === original ? mark : stranger.mark]),
  );
  assert.deepEqual(device.problems, []);
});

test('the code beside a button is the code that it runs, with the account that was typed', async () => {
  const device = await environment.device();
  const page = await openDemo(device, environment.collector, environment.token());
  await page.getByLabel('Account').fill(`O'Brien <b>`);
  assert.match(await page.getByTestId('code-sign-up').textContent(), /throughline\.alias\('O\\'Brien <b>'\)/);
  await pressAndWait(page, 'browse', 1);
  const [alias] = await pressAndWait(page, 'sign-up', 2);
  assert.ok(alias.text.includes(`also called O'Brien <b>`), alias.text);
  await page.getByTestId('start-over').click();
  await page.waitForSelector('[data-testid=status-message][data-kind=empty]');
  assert.deepEqual(await rows(page), []);
  assert.deepEqual(device.problems, []);
});

/** The button of each mistake, its warning, and the number of persons that result. */
const mistakes = [
  ['identify-before-alias', 'alias_after_identify', 2],
  ['alias-twice', 'alias_twice', 1],
  ['alias-on-second-device', 'alias_taken', 2],
  ['mistyped-id', 'identify_resembles_alias', 2],
  ['no-reset', 'switch_without_reset', 2],
  ['reset-every-page', 'reset_every_page', 3],
];

/** Returns a pattern of how docs/warnings.md says a warning is mended. There, … stands for an argument. */
function mendOf(code) {
  const readme = readFileSync(join(import.meta.dirname, '..', '..', 'docs', 'warnings.md'), 'utf8');
  const mend = readme.match(new RegExp(`\`${code}\` \\|.*\\| (.*) \\|$`, 'm'))[1];
  return new RegExp(`^Mend: ${mend.split('…').map(literal).join('.+')}$`);
}
const literal = (text) => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');

test('each classic mistake shows its warning, how to mend it, and the resulting persons', async () => {
  const device = await environment.device();
  const page = await openDemo(device, environment.collector, environment.token());
  const result = page.getByTestId('mistake-result');
  for (const [name, code, persons] of mistakes) {
    await page.getByTestId(`mistake-${name}`).click();
    await page.waitForSelector(`[data-testid=mistake-result][data-mistake=${name}][data-state=done]`);
    const warnings = result.getByTestId('warning');
    assert.deepEqual(await warnings.evaluateAll((all) => all.map(({ dataset }) => dataset.code)), [code], name);
    assert.match(await warnings.getByTestId('warning-mend').textContent(), mendOf(code));
    assert.match(await warnings.getByTestId('warning-code').getAttribute('href'), /#warning-[a-z_]+$/);
    assert.equal(await result.getByTestId('outcome-person').count(), persons, name);
    assert.ok(await result.getByTestId('conclusion').textContent(), name);
  }
  assert.equal(await page.getByTestId('warning-panel').isVisible(), false, 'the story has nothing to do with them');
  assert.deepEqual(device.problems, []);
});

test('if the library cannot be loaded, the page says so, and Live View works', async () => {
  const { collector } = environment;
  const token = environment.token();
  const device = await environment.device();
  await device.context.route('**/throughline.js', (route) => route.fulfill({ status: 404 }));
  const page = await device.open(`${collector.url}/?demo=${token}`);
  await page.getByTestId('no-library').waitFor();
  assert.match(await page.getByTestId('no-library').textContent(), /throughline\.js is not beside this page/);
  assert.ok(await page.getByTestId('browse').isDisabled());
  await sendEvents(collector, [{ event: 'Hello', properties: { token, distinct_id: 'H' } }]);
  await waitForRows(page, 1);
  assert.deepEqual(device.problems, []);
});

test('if the Go core cannot run, the page says so, and events arrive all the same', async () => {
  const { collector } = environment;
  const token = environment.token();
  const device = await environment.device();
  await device.context.route('**/throughline.wasm', (route) => route.fulfill({ status: 404 }));
  const page = await device.open(`${collector.url}/?demo=${token}`);
  await page.waitForSelector('[data-testid=core][data-state=failed]');
  await page.waitForSelector('[data-testid=warning-panel] [data-code=core_failed]');
  await page.getByTestId('browse').click();
  await page.goto('about:blank');
  const [browsed] = await collector.stored(token, 1);
  assert.equal(browsed.event, 'Item Viewed');
  assert.deepEqual(device.problems, []);
});

test('each run of a mistake has its own persons', async () => {
  const device = await environment.device();
  const page = await openDemo(device, environment.collector, environment.token());
  const seen = new Set();
  for (let i = 0; i < 2; i++) {
    await page.getByTestId('mistake-mistyped-id').click();
    const people = page.locator('[data-testid=mistake-result][data-state=done] [data-testid=outcome-person]');
    await until(
      async () =>
        (await people.evaluateAll((all) => all.map(({ dataset }) => dataset.person))).some((id) => !seen.has(id)),
      `try ${i + 1}`,
    );
    for (const id of await people.evaluateAll((all) => all.map(({ dataset }) => dataset.person))) seen.add(id);
  }
  assert.equal(seen.size, 4);
  assert.deepEqual(device.problems, []);
});
