// Starts Chromium with playwright-core. Chromium is that of the operating system.

import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium } from 'playwright-core';
import { until } from './collector.mjs';

const candidates = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];
/** The command line arguments of every browser. */
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

/** The path of the browser: the environment variable CHROMIUM, or where the operating system installs it. */
export const executablePath = process.env.CHROMIUM ?? candidates.find((path) => existsSync(path));

/**
 * Starts a browser, as one visitor's device. It has a new profile, which `close` removes, or `profile`, which the caller keeps in order to
 * open it again.
 */
export async function openDevice({ profile: keptProfile, ...options } = {}) {
  const profile = keptProfile ?? mkdtempSync(join(tmpdir(), 'throughline-profile-'));
  const context = await chromium.launchPersistentContext(profile, { executablePath, args, headless: true, ...options });
  const problems = [];
  return {
    context,
    /** The exceptions that reached a page. There must be none. */
    problems,
    open: opener(context, problems),
    /**
     * Opens another visitor in the same browser, with empty storage. This is much faster than another device. `script` is a function that
     * each of its pages runs first.
     */
    async newVisitor(script) {
      const other = await context.browser().newContext();
      if (script) await other.addInitScript(script);
      return { open: opener(other, problems), close: () => other.close() };
    },
    async close() {
      await context.close();
      if (!keptProfile) rmSync(profile, { recursive: true, force: true, maxRetries: 5 });
    },
    /** Kills the processes of all tabs; `page` is one of them. */
    async killTabs(page) {
      const crashed = page.waitForEvent('crash');
      const killed = (await processes(context)).filter(({ type }) => type === 'renderer').map(({ id }) => id);
      for (const id of killed) process.kill(id, 'SIGKILL');
      await crashed;
      // Otherwise the browser may use a spare process that has been killed for the next page, which then never opens.
      const noticed = async () => !(await processes(context)).some(({ id }) => killed.includes(id));
      await until(noticed, 'the browser knows which processes are gone');
    },
    /** Kills every process of the browser at once, as a power failure would. */
    async kill() {
      const closed = context.waitForEvent('close');
      for (const { id } of await processes(context)) process.kill(id, 'SIGKILL');
      await closed;
    },
  };
}

/** Starts a browser without DevTools, for features that DevTools disable. `end` kills it. */
export function openWithoutDevTools(profile, url) {
  const child = spawn(executablePath, [...args, `--user-data-dir=${profile}`, url], {
    detached: true,
    stdio: 'ignore',
  });
  const gone = new Promise((resolve) => child.once('exit', resolve));
  return {
    end() {
      try {
        process.kill(-child.pid, 'SIGKILL');
      } catch (error) {
        if (error.code !== 'ESRCH') throw error; // ESRCH: it has ended by itself.
      }
      return gone;
    },
  };
}

/** Returns a function that opens pages, which collect their warnings in `warnings`. Exceptions in any page are added to `problems`. */
function opener(context, problems) {
  const watchErrors = (page) => page.on('pageerror', (error) => problems.push(error.stack ?? String(error)));
  context.on('page', watchErrors);
  context.pages().forEach(watchErrors);
  return async (url) => {
    const page = await context.newPage();
    page.warnings = [];
    page.on('console', (message) => {
      if (message.text().startsWith('Throughline [')) page.warnings.push(message.text());
    });
    await page.goto(url);
    return page;
  };
}

async function processes(context) {
  const session = await context.browser().newBrowserCDPSession();
  return (await session.send('SystemInfo.getProcessInfo')).processInfo;
}
