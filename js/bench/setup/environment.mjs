// The environment of a part of the bench: the libraries, a site, a server to send to, and a browser.

import { chromium } from 'playwright-core';
import { args, executablePath } from '../../test/harness/browser.mjs';
import { libraries } from './libraries.mjs';
import { startShop } from './shop.mjs';
import { startSink } from './sink.mjs';

/** Runs `part` with a new environment, and closes that afterwards. */
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
      /** Opens a page of a new visitor: { page, cdp, close }. */
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

/** Opens a page with a library, and waits until the library is ready. */
export async function openLibraryPage(page, address) {
  await page.goto(address);
  await page.evaluate(() => window.tracker?.ready());
}
