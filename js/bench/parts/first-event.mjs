// Measures the time from the navigation to the arrival of the first event, which the page tracks as soon as the library is loaded.

import { withEnvironment } from '../setup/environment.mjs';
import { baseline } from '../setup/libraries.mjs';
import { median } from '../stats.mjs';

const networks = {
  fast: undefined,
  // 1.6 Mbit/s in both directions, and round trips of 150 ms.
  slow: { offline: false, latency: 150, downloadThroughput: 200_000, uploadThroughput: 200_000 },
};

export default function firstEvent({ rounds = 5 }) {
  return withEnvironment(async ({ libraries, shop, sink, token, visitor }) => {
    // Returns the milliseconds of two visits of one browser.
    const visits = async (library, network) => {
      const project = token();
      const { page, cdp, close } = await visitor();
      if (network) {
        await cdp.send('Network.enable');
        await cdp.send('Network.emulateNetworkConditions', network);
      }
      const address = shop.libraryPage(library, sink.url, project, { next: "tracker.track('First')" });
      const times = [];
      for (const visit of [1, 2]) {
        await page.goto(address);
        const from = await page.evaluate(() => performance.timeOrigin);
        const came = await sink.wait(project, visit, 60);
        times.push(came.at(-1).at - from);
        await page.goto(shop.page(''));
      }
      await close();
      return times;
    };
    const rows = [];
    for (const library of libraries) {
      const row = { name: library.name };
      for (const [name, network] of Object.entries(networks)) {
        const both = [];
        for (let round = 0; round < rounds; round++) both.push(await visits(library, network));
        row[`${name}1`] = median(both.map(([first]) => first));
        row[`${name}2`] = median(both.map(([, second]) => second));
      }
      rows.push(row);
    }
    return {
      title: 'The first event, ms from navigation to arrival',
      baseline,
      columns: [
        { key: 'fast1', title: 'first visit', digits: 0, ratio: true, plot: 'first visit, ms' },
        { key: 'fast2', title: 'second visit', digits: 0, ratio: true },
        {
          key: 'slow1',
          title: 'first visit, slow line',
          digits: 0,
          ratio: true,
          plot: 'first visit at 1.6 Mbit/s and 150 ms, ms',
        },
        { key: 'slow2', title: 'second visit, slow line', digits: 0, ratio: true },
      ],
      rows,
      note: `Medians of ${rounds} rounds. The slow line has 1.6 Mbit/s and round trips of 150 ms.`,
    };
  });
}
