// What a site's browser tests look like. All of these pass.

import { expect, test } from './fixtures.js';

for (const [name, query] of [
  ["Mixpanel's", ''],
  ["the site's own", '?collector=https://collect.shop.example'],
])
  test(`who signs up stays one person on every device, with ${name} collector`, async ({
    page,
    throughline,
    browser,
  }) => {
    await page.goto(`/shop.html${query}`);
    await page.click('#view');
    const { distinct_id: visitor } = await throughline.waitForEvent('Item Viewed', { item: 'Lamp' });
    expect(visitor).toMatch(/^\$device:/);
    await page.click('#sign-up');
    await page.click('#away'); // The page leaves at once, and only the browser can still send.
    await throughline.waitForEvent('Signed Up', { plan: expect.stringMatching('pro') });

    const phone = await browser.newContext();
    const other = await phone.newPage();
    await other.goto(`/shop.html${query}`);
    await other.click('#log-in');
    await other.click('#view');
    await throughline.expectOnePerson(visitor, 'jane');
    await throughline.expectNoEvent('Paid');
    const jane = await throughline.person('jane');
    expect(jane.original).toBe(visitor);
    expect(jane.events.map(({ event }) => event).sort()).toEqual(
      ['$create_alias', '$identify', '$identify', 'Item Viewed', 'Item Viewed', 'Signed Up'].sort(),
    );
    await throughline.expectNoMisuse();
  });

test('what was recorded without a network is sent later', async ({ page, throughline }) => {
  throughline.offline();
  await page.goto('/shop.html');
  await page.click('#view');
  await throughline.expectNoEvent('Item Viewed');
  throughline.failWith(503);
  await page.reload();
  await throughline.expectNoEvent('Item Viewed');
  throughline.online();
  await page.reload();
  await throughline.waitForEvent('Item Viewed');
  expect((await throughline.events()).length).toBe(1);
});

test('a test begins with nothing of the one before', async ({ page, throughline }) => {
  expect(await throughline.events()).toEqual([]);
  await page.goto('/shop.html');
  await page.click('#view');
  await page.close(); // It is sent by the browser, after the end of the page.
});

test('also of what it has sent last', async ({ throughline }) => {
  expect(await throughline.events()).toEqual([]);
});
