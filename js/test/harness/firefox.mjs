// Starts the Firefox of the operating system over WebDriver BiDi. Playwright cannot be used: it needs its own build of Firefox.

import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import puppeteer from 'puppeteer-core';

const executablePath = [process.env.FIREFOX, '/usr/bin/firefox-esr', '/usr/bin/firefox'].find(
  (path) => path && existsSync(path),
);

/** Starts Firefox, as one visitor's device. `preferences` are those of about:config. */
export async function openFirefox({ profile: keptProfile, preferences = {} } = {}) {
  const profile = keptProfile ?? mkdtempSync(join(tmpdir(), 'throughline-profile-'));
  const browser = await puppeteer.launch({
    browser: 'firefox',
    protocol: 'webDriverBiDi',
    executablePath,
    headless: true,
    userDataDir: profile,
    extraPrefsFirefox: preferences,
  });
  const problems = [];
  return {
    /** The exceptions that reached a page. There must be none. */
    problems,
    open: opener(browser, problems),
    /** Opens another visitor in the same browser, with empty storage. This is much faster than another device. */
    async newVisitor() {
      const other = await browser.createBrowserContext();
      return { open: opener(other, problems), close: () => other.close() };
    },
    async close() {
      await browser.close();
      if (!keptProfile) rmSync(profile, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

/** Returns a function that opens pages, which collect their warnings in `warnings`. Exceptions in any page are added to `problems`. */
function opener(context, problems) {
  return async (url) => {
    const page = await context.newPage();
    page.warnings = [];
    page.on('pageerror', (error) => {
      // Firefox reports failed requests as page errors too.
      if (!/^Cross-Origin Request Blocked/.test(error.message)) problems.push(error.stack ?? String(error));
    });
    page.on('console', (message) => {
      if (message.text().startsWith('Throughline [')) page.warnings.push(message.text());
    });
    await page.goto(url);
    return page;
  };
}
