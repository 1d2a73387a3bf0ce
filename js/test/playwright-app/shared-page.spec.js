// Tests that share a page, which one opens before all of them. What the page does wrong fails the test in which it does so.

import { expect, test } from './fixtures.js';

let page;
test.beforeAll(async ({ browser, baseURL }) => {
  page = await browser.newPage();
  await page.goto(`${baseURL}/shop.html?wrong`);
});
test.afterAll(() => page.close());

test('a first test of the page', async () => {
  await page.click('#view');
});

test.fail('a misuse in the second one', async ({ throughline }) => {
  expect(await throughline.events()).toEqual([]);
  await page.click('#sign-up');
});

test('none in the third one', async ({ throughline }) => {
  await page.click('#view');
  expect((await throughline.events()).map(({ event }) => event)).toEqual(['Item Viewed']);
});
