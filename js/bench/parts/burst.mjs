// Measures how long it takes until the last of 2,000 events that are tracked at once has arrived.

import { startCollector } from '../../test/harness/collector.mjs';
import { openLibraryPage, withEnvironment } from '../setup/environment.mjs';
import { baseline } from '../setup/libraries.mjs';
import { median } from '../stats.mjs';

const events = 2000;

export default async function burst({ rounds = 3 }) {
  const collector = await startCollector();
  try {
    return await withEnvironment(measure, { forward: collector.url });
  } finally {
    await collector.stop();
  }

  function measure({ libraries, shop, sink, token, visitor }) {
    const seconds = async (library) => {
      const project = token();
      const { page, close } = await visitor();
      await openLibraryPage(page, shop.libraryPage(library, sink.url, project));
      const from = await page.evaluate((calls) => {
        const now = Date.now();
        for (let n = 0; n < calls; n++) tracker.track('Item Viewed', { item: 'Assam tea', price: 12.5, n });
        return now;
      }, events);
      const came = await sink.wait(project, events, 120);
      await close();
      return (came.at(-1).at - from) / 1000;
    };
    return compare();

    async function compare() {
      const rows = [];
      for (const library of libraries) {
        const times = [];
        for (let round = 0; round < rounds; round++) times.push(await seconds(library));
        rows.push({ name: library.name, all: median(times) });
      }
      return {
        title: 'A burst of 2,000 events',
        baseline,
        columns: [
          {
            key: 'all',
            title: 'seconds until the last has come',
            digits: 2,
            ratio: true,
            plot: 'seconds until the last of 2,000 has come',
            target: 2,
          },
        ],
        rows,
        note: `Medians of ${rounds} rounds. Ours and Mixpanel’s count when the collector has committed them, the others when they arrive.`,
      };
    }
  }
}
