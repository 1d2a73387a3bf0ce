// A misuse before the first test, of which that test tells.

import { test } from './fixtures.js';

test.beforeAll(async ({ browser, baseURL }) => {
  const page = await browser.newPage();
  await page.goto(`${baseURL}/shop.html?wrong`);
  await page.click('#sign-up');
});

test.fail('the test after it', () => {});
