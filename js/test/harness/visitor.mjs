// A visitor behind a line that fails: a device, a proxy and a project of its own.

import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { assertExactlyOnce } from './assertions.mjs';
import { openDevice, openWithoutDevTools } from './browser.mjs';
import { until } from './collector.mjs';
import { startFaultyProxy } from './faulty-proxy.mjs';
import { scriptTag } from './site.mjs';

/** The page's own function of the tests: tracks so many events, numbered after a mark. */
export const stepsScript =
  '<script>function steps(mark, count) { for (let n = 0; n < count; n++) throughline.track("Step", { n: mark + n }); }</script>';

/**
 * Makes a visitor for one test, and takes it down with the test. `before` is script that runs ahead of init, `config` goes into it,
 * `html` follows. `launch` opens the browser, with `device` as its options.
 */
export async function createVisitor(
  environment,
  t,
  { before = '', config = {}, html = '', launch = openDevice, device: options } = {},
) {
  const { collector, site } = environment;
  const proxy = await startFaultyProxy(collector.url);
  const profile = mkdtempSync(join(tmpdir(), 'throughline-profile-'));
  const token = environment.token();
  const page = (path, extra = '', { project = token, ...ownConfig } = {}) =>
    site.page(
      `/${project}/${path}`,
      `${scriptTag(project, { api_host: proxy.url, ...config, ...ownConfig }, before)}${stepsScript}<a href="/${token}/away.html">away</a>${extra}`,
    );
  site.page(`/${token}/away.html`, 'away');
  const devices = [];
  const problems = [];
  const warnings = [];

  const visitor = {
    token,
    profile,
    proxy,
    problems,
    warnings,
    url: page('shop.html', html),
    away: `${site.url}/${token}/away.html`,
    page,
    /** Another visitor in the same browser, with nothing stored, and a project of its own. */
    async newVisitor() {
      const project = environment.token();
      return { token: project, url: page('shop.html', html, { project }), ...(await visitor.device.newVisitor()) };
    },
    /** The device; after a kill, open it again with `start`. */
    device: undefined,
    async start() {
      visitor.device = await launch({ ...options, profile });
      devices.push(visitor.device);
      return visitor.device;
    },
    /** Opens a page in a browser that nobody drives, on the same profile, once the device is closed. */
    openWithoutDevTools(url) {
      const browser = openWithoutDevTools(profile, url);
      devices.push({ problems: [], close: browser.end });
      return browser;
    },
    /** Opens a page without waiting for the core. */
    async open(url = visitor.url) {
      const opened = await visitor.device.open(url);
      opened.on('close', () => warnings.push(...opened.warnings.splice(0)));
      return opened;
    },
    /** Opens a page with the core up. */
    async ready(url) {
      const opened = await visitor.open(url);
      assert.equal(await opened.evaluate(() => throughline.ready), true);
      return opened;
    },
    /** Delivers whatever waits: one further page on the same profile. */
    async settle() {
      const last = await visitor.ready();
      await waitForDelivery(last);
      return last;
    },
    /** Waits until so many events are stored, with no help from the page. */
    waitForStored: (count, seconds) => collector.stored(token, count, seconds),
    /** Reads what is stored once nothing is under way. */
    async stored(project = token) {
      await proxy.waitUntilIdle();
      return collector.events(project);
    },
    /** Asserts that exactly these are stored, and that no page saw an exception; returns the stored events. */
    async account(expected, project = token) {
      const events = await visitor.stored(project);
      visitor.accountOf(events, expected);
      return events;
    },
    /** The same of events that were read already. */
    accountOf(events, expected) {
      assertExactlyOnce(events, expected);
      visitor.assertNoExceptions();
    },
    /** No exception reached a page. */
    assertNoExceptions() {
      for (const device of devices) assert.deepEqual(device.problems, []);
    },
  };
  t.after(async () => {
    try {
      await Promise.all(devices.map((device) => device.close()));
    } finally {
      await proxy.stop(); // Whatever else failed: an open port would keep the run from ending.
    }
    rmSync(profile, { recursive: true, force: true, maxRetries: 5 });
  });
  await visitor.start();
  return visitor;
}

/** Waits until the page says that all that waited was acknowledged. */
export async function waitForDelivery(page) {
  await until(() => page.evaluate(() => throughline.flush()), 'everything is acknowledged');
}
