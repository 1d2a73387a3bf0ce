// A visitor for one test: a device, a proxy that can simulate network faults, and a project.

import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { assertExactlyOnce } from './assertions.mjs';
import { openDevice, openWithoutDevTools } from './browser.mjs';
import { until } from './collector.mjs';
import { startFaultyProxy } from './faulty-proxy.mjs';
import { scriptTag } from './site.mjs';

/** Defines the page function `steps(mark, count)`, which tracks `count` events that are numbered after a mark. */
export const stepsScript =
  '<script>function steps(mark, count) { for (let n = 0; n < count; n++) throughline.track("Step", { n: mark + n }); }</script>';

/**
 * Creates a visitor, and closes it at the end of the test. `before` is a script that runs before init, `config` the options of init, and
 * `html` is added to the page. `launch` opens the browser, with `device` as its options.
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
    /** Opens another visitor in the same browser, with empty storage and its own project. */
    async newVisitor() {
      const project = environment.token();
      return { token: project, url: page('shop.html', html, { project }), ...(await visitor.device.newVisitor()) };
    },
    /** The current device. After it was killed, `start` opens it again. */
    device: undefined,
    async start() {
      visitor.device = await launch({ ...options, profile });
      devices.push(visitor.device);
      return visitor.device;
    },
    /** Opens a page in a browser without DevTools, with the same profile. The device must be closed before. */
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
    /** Opens a page, and waits until the core runs. */
    async ready(url) {
      const opened = await visitor.open(url);
      assert.equal(await opened.evaluate(() => throughline.ready), true);
      return opened;
    },
    /** Opens a further page with the same profile, and waits until it has delivered everything. */
    async deliverAll() {
      const last = await visitor.ready();
      await waitForDelivery(last);
      return last;
    },
    /** Waits until at least `count` events are stored, without calling flush. */
    waitForStored: (count, seconds) => collector.stored(token, count, seconds),
    /** Waits until no request is open, and returns the stored events. */
    async stored(project = token) {
      await proxy.waitUntilIdle();
      return collector.events(project);
    },
    /** Asserts that exactly these events are stored, and that no page saw an exception. Returns the stored events. */
    async assertStored(expected, project = token) {
      const events = await visitor.stored(project);
      visitor.assertStoredEvents(events, expected);
      return events;
    },
    /** The same for events that were already read. */
    assertStoredEvents(events, expected) {
      assertExactlyOnce(events, expected);
      visitor.assertNoExceptions();
    },
    /** Asserts that no exception reached a page. */
    assertNoExceptions() {
      for (const device of devices) assert.deepEqual(device.problems, []);
    },
  };
  t.after(async () => {
    try {
      await Promise.all(devices.map((device) => device.close()));
    } finally {
      await proxy.stop(); // Also if the above failed: an open port would keep the run from ending.
    }
    rmSync(profile, { recursive: true, force: true, maxRetries: 5 });
  });
  await visitor.start();
  return visitor;
}

/** Waits until flush() resolves to true: everything was acknowledged. */
export async function waitForDelivery(page) {
  await until(() => page.evaluate(() => throughline.flush()), 'everything is acknowledged');
}
