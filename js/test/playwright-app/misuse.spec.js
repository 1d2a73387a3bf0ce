// Each of these fails, although its own lines pass: the site makes its calls in the wrong order, or with a wrong id. But the first they are marked as tests that
// fail, because Playwright starts another browser after one that fails unexpectedly.

import { test } from './fixtures.js';

test('a click', async ({ page, throughline }) => {
  await page.goto('/shop.html?wrong');
  await page.click('#sign-up');
  await throughline.waitForEvent('Signed Up');
});

test.fail('before Go runs', async ({ page }) => {
  await page.goto('/shop.html?early');
});

test.fail('a second context, with warnings turned off', async ({ browser, baseURL }) => {
  const context = await browser.newContext();
  const page = await context.newPage();
  await page.goto(`${baseURL}/shop.html?wrong&warnings=silent`);
  await page.click('#sign-up');
});

test.fail('an event among others', async ({ page }) => {
  await page.goto('/shop.html?reserved');
  await page.waitForFunction('throughline.ready');
  await page.click('#view');
});

test.fail('another event', async ({ page, throughline }) => {
  await page.goto('/shop.html');
  await page.click('#sign-up');
  await throughline.waitForEvent('Signed Up', { plan: 'free' }, { timeout: 1_000 });
});
