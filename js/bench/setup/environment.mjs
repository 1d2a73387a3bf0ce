// Everything that a part of the bench needs, taken down at its end.

import { chromium } from 'playwright-core';
import { args, executablePath } from '../../test/harness/browser.mjs';
import { libraries } from './libraries.mjs';
import { startShop } from './shop.mjs';
import { startSink } from './sink.mjs';

/** Runs `part` in a world of its own. */
export async function withEnvironment(part, { forward } = {}) {
  const all = await libraries();
  const shop = await startShop(all);
  const sink = await startSink({ forward });
  const browser = await chromium.launch({ executablePath, args, headless: true });
  let tokens = 0;
  try {
    return await part({
      libraries: all,
      shop,
      sink,
      browser,
      token: () => `bench-${++tokens}`,
      /** A visitor's browser, fresh: { page, cdp, close }. */
      async visitor() {
        const context = await browser.newContext();
        const page = await context.newPage();
        const cdp = await context.newCDPSession(page);
        return { context, page, cdp, close: () => context.close() };
      },
    });
  } finally {
    await browser.close();
    await Promise.all([shop.stop(), sink.stop()]);
  }
}

/** Opens a library's page and waits until its calls go straight through. */
export async function openLibraryPage(page, address) {
  await page.goto(address);
  await page.evaluate(() => window.tracker?.ready());
}
