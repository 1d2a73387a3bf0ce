// Accessibility of the demo and Live View: keyboard, screen reader, contrast in light and dark colours, narrow screens.

import assert from 'node:assert/strict';
import { test } from './harness/bounded-test.mjs';
import { until } from './harness/collector.mjs';
import { openDemo, pressAndWait, waitForRows } from './harness/demo-page.mjs';
import { useEnvironment } from './harness/environment.mjs';

const environment = useEnvironment();

test('the Tab key reaches every control, the arrow keys reach every event, and Enter does what a click does', async () => {
  const device = await environment.device();
  const page = await openDemo(device, environment.collector, environment.token());
  const go = async (testID) => {
    await page.getByTestId(testID).focus();
    await page.keyboard.press('Enter');
  };
  await go('browse');
  await waitForRows(page, 1);
  await go('sign-up');
  await waitForRows(page, 2);
  await until(async () => (await page.getByTestId('person-id').count()) === 2, 'the whole card');

  const wanted = await page.evaluate(() => {
    const stops = [...document.querySelectorAll('a[href], button, input, [tabindex="0"]')];
    const visible = stops.filter((stop) => stop.checkVisibility() && !stop.disabled && stop.tabIndex === 0);
    visible.forEach((stop, number) => {
      stop.dataset.stop = number;
    });
    document.activeElement.blur();
    return visible.length;
  });
  assert.ok(wanted > 20, `${wanted} stops`);
  const reached = []; // The Tab key goes round once. It passes the browser's own controls, which are not elements of the page.
  for (let i = 0; i <= wanted; i++) {
    await page.keyboard.press('Tab');
    reached.push(
      await page.evaluate(() =>
        Number(document.activeElement.dataset.stop ?? (document.activeElement === document.body ? -1 : -2)),
      ),
    );
  }
  assert.deepEqual(
    reached.toSorted((a, b) => a - b),
    Array.from({ length: wanted + 1 }, (_, i) => i - 1),
  );

  const focused = () => page.evaluate(() => document.activeElement.closest('li')?.dataset.event);
  await page.locator('[data-testid=events] [tabindex="0"]').focus();
  await page.keyboard.press('Home');
  assert.equal(await focused(), '$create_alias');
  await page.keyboard.press('ArrowDown');
  assert.equal(await focused(), 'Item Viewed');
  await page.keyboard.press('Enter');
  await page.getByRole('dialog', { name: 'Item Viewed' }).waitFor();
  await page.keyboard.press('Escape');
  assert.equal(await focused(), 'Item Viewed', 'the keyboard is back where it was');

  await go('pause');
  assert.equal(await page.getByTestId('pause').getAttribute('aria-pressed'), 'true');
  await go('mistake-alias-twice');
  await page.waitForSelector('[data-testid=mistake-result][data-state=done]');
  assert.deepEqual(device.problems, []);
});

const needName = ['button', 'link', 'textbox', 'searchbox', 'checkbox', 'dialog', 'region', 'list', 'image'];

/** The nodes of the accessibility tree with these roles, with their names. */
async function nodes(page) {
  const session = await page.context().newCDPSession(page);
  const tree = await session.send('Accessibility.getFullAXTree');
  await session.detach();
  return tree.nodes
    .filter(({ ignored }) => !ignored)
    .map(({ role, name }) => ({ role: role?.value, name: name?.value ?? '' }));
}

test('every node that a screen reader stops at has a name', async () => {
  const device = await environment.device();
  const page = await openDemo(device, environment.collector, environment.token());
  await pressAndWait(page, 'browse', 1);
  await page.getByTestId('mistake-mistyped-id').click();
  await page.waitForSelector('[data-testid=mistake-result][data-state=done]');
  await page.waitForSelector('[data-testid=person-card]');
  const named = async () => {
    const found = (await nodes(page)).filter(({ role }) => needName.includes(role) && role !== 'list');
    assert.deepEqual(
      found.filter(({ name }) => !name.trim()),
      [],
    );
    return found;
  };
  const found = await named();
  assert.ok(found.filter(({ role }) => role === 'button').length > 15);
  for (const name of ['Browse', 'Sign up', 'Pause', 'Use dark colours', 'Identify before alias'])
    assert.ok(
      found.some((node) => node.name === name),
      name,
    );
  await page.getByRole('button', { name: 'Item Viewed' }).first().click();
  await page.getByRole('dialog', { name: 'Item Viewed' }).waitFor();
  await named();
  await page.getByTestId('details-close').click();
  await page.getByTestId('person-open').first().click();
  await named();
  assert.deepEqual(device.problems, []);
});

test('warnings, and every few seconds new events, are announced to screen readers', async () => {
  const device = await environment.device();
  const page = await openDemo(device, environment.collector, environment.token());
  const announcer = page.getByRole('status');
  await pressAndWait(page, 'browse', 1);
  await until(
    async () => /1 new event\. Latest: Item Viewed, person A/.test(await announcer.textContent()),
    'the event',
  );
  await page.getByTestId('mistake-alias-twice').click();
  await until(async () => /Warning alias_twice/.test(await announcer.textContent()), 'the warning');
  assert.deepEqual(device.problems, []);
});

test('colours are light or dark as the system says or as the user chose, also after a reload', async () => {
  const device = await environment.device({ colorScheme: 'dark' });
  const page = await openDemo(device, environment.collector, environment.token());
  const light = () =>
    page.evaluate(() => {
      const [r, g, b] = getComputedStyle(document.body).backgroundColor.match(/\d+/g).map(Number);
      return r + g + b > 380;
    });
  assert.equal(await light(), false);
  await page.getByRole('button', { name: 'Use light colours' }).click();
  assert.equal(await light(), true);
  await page.reload();
  assert.equal(await light(), true);
  await page.getByRole('button', { name: 'Use dark colours' }).click();
  assert.equal(await light(), false);
  assert.deepEqual(device.problems, []);
});

/** Returns the texts whose contrast with their background is below level AA of WCAG: 4.5, or 3 for large text. */
function faintTexts(page) {
  return page.evaluate(() => {
    const canvas = document.createElement('canvas').getContext('2d', { willReadFrequently: true });
    const rgba = (color) => {
      canvas.clearRect(0, 0, 1, 1);
      canvas.fillStyle = color;
      canvas.fillRect(0, 0, 1, 1);
      return [...canvas.getImageData(0, 0, 1, 1).data];
    };
    const luminance = (color) => {
      const [r, g, b] = color.map((value) =>
        value / 255 <= 0.04045 ? value / 255 / 12.92 : ((value / 255 + 0.055) / 1.055) ** 2.4,
      );
      return 0.2126 * r + 0.7152 * g + 0.0722 * b;
    };
    const behind = (element) => {
      for (let at = element; at; at = at.parentElement) {
        const color = rgba(getComputedStyle(at).backgroundColor);
        if (color[3] === 255) return color;
      }
      return [255, 255, 255];
    };
    const faint = [];
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) {
      const element = walker.currentNode.parentElement;
      const text = walker.currentNode.textContent.trim();
      if (!text || !element.checkVisibility() || element.closest('.visually-hidden, .skip, script, noscript')) continue;
      const { color, fontSize, fontWeight } = getComputedStyle(element);
      const [a, b] = [luminance(rgba(color)), luminance(behind(element))].sort((x, y) => y - x);
      const size = Number.parseFloat(fontSize);
      const large = size >= 24 || (size >= 18.66 && Number(fontWeight) >= 700);
      const ratio = (a + 0.05) / (b + 0.05);
      if (ratio < (large ? 3 : 4.5)) faint.push(`${text}: ${ratio.toFixed(2)}`);
    }
    return faint;
  });
}

for (const colorScheme of ['light', 'dark']) {
  test(`every text has enough contrast in ${colorScheme} colours`, async () => {
    const device = await environment.device({ colorScheme, reducedMotion: 'reduce' });
    const page = await openDemo(device, environment.collector, environment.token());
    assert.deepEqual(await faintTexts(page), []);
    await pressAndWait(page, 'browse', 1);
    await page.getByTestId('mistake-alias-on-second-device').click();
    await page.waitForSelector('[data-testid=mistake-result][data-state=done]');
    await page.waitForSelector('[data-testid=conflict]');
    await page.getByTestId('pause').click();
    assert.deepEqual(await faintTexts(page), []);
    await page.getByTestId('pause').click();
    await page.getByTestId('search').fill('nothing has this');
    await page.waitForSelector('[data-testid=status-message][data-kind=nothing-matches]');
    assert.deepEqual(await faintTexts(page), []);
    assert.deepEqual(device.problems, []);
  });
}

test('on a narrow screen nothing is wider than the screen, and the bar with the latest event covers no focused control', async () => {
  const device = await environment.device({
    viewport: { width: 390, height: 844 },
    hasTouch: true,
    reducedMotion: 'reduce',
  });
  const page = await openDemo(device, environment.collector, environment.token());
  const overflow = () => page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
  assert.equal(await overflow(), 0);
  await pressAndWait(page, 'browse', 1);
  const bar = page.getByTestId('latest');
  await bar.waitFor();
  assert.ok((await bar.textContent()).includes('Item Viewed'));
  for (const name of ['alias-on-second-device', 'mistyped-id', 'reset-every-page']) {
    await page.getByTestId(`mistake-${name}`).click();
    await page.waitForSelector(`[data-testid=mistake-result][data-mistake=${name}][data-state=done]`);
    assert.equal(await overflow(), 0, name);
  }
  await page.getByTestId('browse').focus();
  await bar.waitFor();
  const covered = await page.evaluate(() => {
    const { top } = document.getElementById('latest').getBoundingClientRect();
    const stops = [...document.querySelectorAll('.site button')];
    return stops.filter((stop) => {
      stop.focus();
      const { bottom } = stop.getBoundingClientRect();
      return bottom > top;
    }).length;
  });
  assert.equal(covered, 0);
  await bar.click();
  await bar.waitFor({ state: 'hidden' });
  await page.getByTestId('event-row').first().click();
  await page.getByTestId('details').waitFor();
  assert.equal(await overflow(), 0);
  assert.deepEqual(device.problems, []);
});
