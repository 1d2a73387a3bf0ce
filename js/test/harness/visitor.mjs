// A visitor behind a line that fails: a device, a proxy and a project of its own.

import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { accounting } from './accounting.mjs';
import { openDevice, openUndriven } from './browser.mjs';
import { until } from './collector.mjs';
import { startFlaky } from './flaky.mjs';
import { scriptTag } from './site.mjs';

/** The page's own function of the tests: tracks so many events, numbered after a mark. */
export const stepper =
  '<script>function steps(mark, count) { for (let n = 0; n < count; n++) throughline.track("Step", { n: mark + n }); }</script>';

/**
 * Makes a visitor for one test, and takes it down with the test. `before` is script that runs ahead of init, `config` goes into it,
 * `html` follows. `launch` opens the browser, with `device` as its options.
 */
export async function visitorOf(
  world,
  t,
  { before = '', config = {}, html = '', launch = openDevice, device: options } = {},
) {
  const { collector, site } = world;
  const line = await startFlaky(collector.url);
  const profile = mkdtempSync(join(tmpdir(), 'throughline-profile-'));
  const token = world.token();
  const page = (path, extra = '', { project = token, ...own } = {}) =>
    site.page(
      `/${project}/${path}`,
      `${scriptTag(project, { api_host: line.url, ...config, ...own }, before)}${stepper}<a href="/${token}/away.html">away</a>${extra}`,
    );
  site.page(`/${token}/away.html`, 'away');
  const devices = [];
  const problems = [];
  const warnings = [];

  const visitor = {
    token,
    profile,
    line,
    problems,
    warnings,
    url: page('shop.html', html),
    away: `${site.url}/${token}/away.html`,
    page,
    /** Another visitor in the same browser, with nothing stored, and a project of its own. */
    async anew() {
      const project = world.token();
      return { token: project, url: page('shop.html', html, { project }), ...(await visitor.device.anew()) };
    },
    /** The device; after a kill, open it again with `start`. */
    device: undefined,
    async start() {
      visitor.device = await launch({ ...options, profile });
      devices.push(visitor.device);
      return visitor.device;
    },
    /** Opens a page in a browser that nobody drives, on the same profile, once the device is closed. */
    undriven(url) {
      const browser = openUndriven(profile, url);
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
      await delivered(last);
      return last;
    },
    /** Waits until so many events are stored, with no help from the page. */
    reaches: (count, patience) => collector.stored(token, count, patience),
    /** Reads what is stored once nothing is under way. */
    async stored(project = token) {
      await line.quiet();
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
      accounting(events, expected);
      visitor.unharmed();
    },
    /** No exception reached a page. */
    unharmed() {
      for (const device of devices) assert.deepEqual(device.problems, []);
    },
  };
  t.after(async () => {
    try {
      await Promise.all(devices.map((device) => device.close()));
    } finally {
      await line.stop(); // Whatever else failed: an open port would keep the run from ending.
    }
    rmSync(profile, { recursive: true, force: true, maxRetries: 5 });
  });
  await visitor.start();
  return visitor;
}

/** Waits until the page says that all that waited was acknowledged. */
export async function delivered(page) {
  await until(() => page.evaluate(() => throughline.flush()), 'everything is acknowledged');
}
