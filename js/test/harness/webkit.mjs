// Starts Debian's WebKitGTK, the engine of Safari, over WebDriver and under a display server without a screen.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { Builder, Capabilities } from 'selenium-webdriver';
import { freePort, until } from './collector.mjs';

/** Collects what the console of a page and its event `error` say. It must run before the library. */
export const collectProblems = `
  window.warned = []; window.problems = [];
  console.warn = (text) => warned.push(String(text));
  addEventListener('error', (event) => problems.push(event.message));
  addEventListener('unhandledrejection', (event) => problems.push(String(event.reason)));`;

// Debian names the folder after its architecture and the version of GTK.
function findBrowser() {
  for (const architecture of readdirSync('/usr/lib').filter((name) => name.endsWith('-linux-gnu')))
    for (const folder of readdirSync(`/usr/lib/${architecture}`).filter((name) => /^webkit2?gtk-/.test(name)))
      if (readdirSync(`/usr/lib/${architecture}/${folder}`).includes('MiniBrowser'))
        return `/usr/lib/${architecture}/${folder}/MiniBrowser`;
  throw new Error('WebKitGTK is missing: apt-get install webkit2gtk-driver xvfb');
}

/** Starts WebKit, as one visitor's device with an empty profile, which the browser forgets at its end. */
export async function openWebKit() {
  // The display server chooses a free number, and tells it when it is ready.
  const display = spawn('Xvfb', ['-displayfd', '1', '-nolisten', 'tcp', '-screen', '0', '1024x768x24'], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const [number] = await once(createInterface(display.stdout), 'line');
  const port = await freePort();
  const server = spawn('WebKitWebDriver', [`--port=${port}`], {
    stdio: 'ignore',
    env: {
      ...process.env,
      DISPLAY: `:${number}`,
      GDK_BACKEND: 'x11',
      WEBKIT_DISABLE_COMPOSITING_MODE: '1',
      NO_AT_BRIDGE: '1',
    },
  });
  const url = `http://127.0.0.1:${port}`;
  await until(async () => (await fetch(`${url}/status`).catch(() => undefined))?.ok, 'WebKit’s driver answers');
  const driver = await new Builder()
    .usingServer(url)
    .withCapabilities(
      new Capabilities({
        browserName: 'MiniBrowser',
        'webkitgtk:browserOptions': { binary: findBrowser(), args: ['--automation'] },
      }),
    )
    .build();
  await driver.manage().setTimeouts({ script: 30_000 });

  const problems = [];
  const pages = [];
  // One command at a time: each is for the window that was switched to before.
  let last = Promise.resolve();
  const inWindow = (handle, action) => {
    const result = last.then(async () => {
      await driver.switchTo().window(handle);
      return action();
    });
    last = result.catch(() => {});
    return result;
  };

  function pageOf(handle) {
    const page = {
      /** Runs a function, or a script in text, in the page. A promise that it returns is waited for. */
      async evaluate(action, ...args) {
        const { value, error } = await inWindow(handle, () => driver.executeAsyncScript(inPage(action), ...args));
        if (error) throw new Error(error);
        return value;
      },
      goto: (address) => inWindow(handle, () => driver.get(address)),
      reload: () => inWindow(handle, () => driver.navigate().refresh()),
      waitForURL: (address) =>
        until(() => inWindow(handle, async () => (await driver.getCurrentUrl()) === address), `the page ${address}`),
      warnings: () => page.evaluate(() => window.warned ?? []),
      async close() {
        problems.push(...(await page.evaluate(() => window.problems ?? [])));
        await inWindow(handle, () => driver.close());
        pages.splice(pages.indexOf(page), 1);
      },
    };
    pages.push(page);
    return page;
  }

  const device = {
    /** The exceptions that reached a page that collectProblems ran in. There must be none. */
    problems,
    async open(address) {
      const handle = await inWindow(await firstHandle(), async () => {
        await driver.switchTo().newWindow('tab');
        return driver.getWindowHandle();
      });
      const page = pageOf(handle);
      await page.goto(address);
      return page;
    },
    /** Opens an address in several tabs in the same moment. Popups are blocked, so each tab goes there from another page. */
    async openAtOnce(start, address, count) {
      const tabs = [];
      for (let n = 0; n < count; n++) tabs.push(await device.open(start));
      const at = Date.now() + 1000;
      for (const tab of tabs)
        await tab.evaluate(
          (target, when) => {
            setTimeout(() => {
              location.href = target;
            }, when - Date.now());
          },
          address,
          at,
        );
      for (const tab of tabs)
        await until(() => tab.evaluate(() => typeof window.throughline === 'object'), 'the page is there');
      return tabs;
    },
    async close() {
      try {
        for (const page of [...pages])
          problems.push(...(await page.evaluate(() => window.problems ?? []).catch(() => [])));
        await driver.quit().catch(() => {});
      } finally {
        server.kill();
        display.kill();
      }
    },
  };
  return device;

  async function firstHandle() {
    const [handle] = await driver.getAllWindowHandles();
    return handle;
  }
}

// The last argument of an asynchronous script is the function that ends it.
const inPage = (action) => `
  const all = [...arguments], done = all.pop();
  (async () => (${typeof action === 'string' ? `(async () => { ${action} })` : action})(...all))()
    .then((value) => done({ value }), (error) => done({ error: String(error && error.stack || error) }));`;
