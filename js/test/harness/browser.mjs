// Debian's Chromium through playwright-core.

import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium } from 'playwright-core';

const candidates = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];
/** What every browser here is started with. */
export const args = [
  '--headless=new',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** Where the browser is: CHROMIUM, or Debian's. */
export const executablePath = process.env.CHROMIUM ?? candidates.find((path) => existsSync(path));

/** Starts a browser on a fresh profile: one visitor's device. `close` removes the profile. */
export async function openDevice(options = {}) {
  const profile = mkdtempSync(join(tmpdir(), 'throughline-profile-'));
  const context = await chromium.launchPersistentContext(profile, { executablePath, args, headless: true, ...options });
  const problems = [];
  context.on('page', (page) => watch(page, problems));
  for (const page of context.pages()) watch(page, problems);
  return {
    context,
    /** Exceptions that reached a page. There must be none. */
    problems,
    async open(url) {
      const page = await context.newPage();
      page.warnings = [];
      page.on('console', (message) => {
        if (message.text().startsWith('Throughline [')) page.warnings.push(message.text());
      });
      await page.goto(url);
      return page;
    },
    async close() {
      await context.close();
      rmSync(profile, { recursive: true, force: true });
    },
  };
}

function watch(page, problems) {
  page.on('pageerror', (error) => problems.push(error.stack ?? String(error)));
}
