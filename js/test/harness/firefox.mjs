// Debian's Firefox, driven over WebDriver BiDi: playwright's own protocol needs a Firefox of its own.

import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import puppeteer from 'puppeteer-core';

const executablePath = [process.env.FIREFOX, '/usr/bin/firefox-esr', '/usr/bin/firefox'].find(
  (path) => path && existsSync(path),
);

/** Starts Firefox: one visitor's device. `preferences` are those of about:config. */
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
    /** Exceptions that reached a page. There must be none. */
    problems,
    open: opener(browser, problems),
    /** The same browser with nothing stored: another visitor, much faster than another device. */
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

/** Opens pages that collect the warnings, and notes every exception in any of them. */
function opener(context, problems) {
  return async (url) => {
    const page = await context.newPage();
    page.warnings = [];
    page.on('pageerror', (error) => {
      // Firefox reports a request that failed in the same breath.
      if (!/^Cross-Origin Request Blocked/.test(error.message)) problems.push(error.stack ?? String(error));
    });
    page.on('console', (message) => {
      if (message.text().startsWith('Throughline [')) page.warnings.push(message.text());
    });
    await page.goto(url);
    return page;
  };
}
