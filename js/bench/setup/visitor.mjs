// A visitor of a site that uses a library, behind a proxy that can simulate network faults.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { openDevice } from '../../test/harness/browser.mjs';
import { startFaultyProxy } from '../../test/harness/faulty-proxy.mjs';

let visitors = 0;

/** Starts a browser with its own profile, for one visitor. */
export async function openVisitor({ library, collector, site }) {
  const token = `visitor-${++visitors}`;
  const proxy = await startFaultyProxy(collector.url);
  const profile = mkdtempSync(join(tmpdir(), 'throughline-bench-'));
  for (const [path, bytes] of Object.entries(library.files))
    if (path.startsWith('/peers/'))
      site.answers[path] = (_request, response) =>
        response.writeHead(200, { 'Content-Type': 'text/javascript' }).end(bytes);
  const away = site.page(`/${token}/away.html`, 'away');
  const page = (name, { before = '', next = '' } = {}) =>
    site.page(
      `/${token}/${name}.html`,
      `<script>${before}</script>${library.tag}<a id="away" href="${away}">away</a>
      <script>
        window.tracker = (() => {${library.init(proxy.url, token)}})();
        window.steps = (count) => { for (let n = 0; n < count; n++) tracker.track('Step', { n }); };
        ${next}
      </script>`,
    );
  const visitor = {
    token,
    proxy,
    away,
    page,
    device: await openDevice({ profile }),
    /** Opens a page with the library, and waits until the library is ready. */
    async open(options) {
      const opened = await visitor.device.open(page('shop', options));
      await opened.evaluate(() => tracker.ready());
      return opened;
    },
    /** Starts the browser again with the same profile. */
    async restart() {
      visitor.device = await openDevice({ profile });
    },
    stored: async () => (await collector.events(token)).filter(({ event }) => event === 'Step'),
    /** Waits until `count` events are stored, at most so many seconds, and returns how many are. */
    async countStored(count, seconds) {
      for (const until = Date.now() + seconds * 1000; Date.now() < until; await sleep(100))
        if ((await visitor.stored()).length >= count) break;
      return (await visitor.stored()).length;
    },
    async close() {
      await visitor.device.close().catch(() => {}); // It may have been killed.
      await proxy.stop();
      rmSync(profile, { recursive: true, force: true, maxRetries: 5 });
    },
  };
  return visitor;
}
