// Measures the main thread time of an event in ordinary use: one event every 20 ms, including everything that follows from it.

import { openLibraryPage, withEnvironment } from '../setup/environment.mjs';
import { baseline } from '../setup/libraries.mjs';
import { measureMainThread } from '../setup/main-thread.mjs';
import { median } from '../stats.mjs';

const events = 400;
const pacing = `
  window.pace = (calls) => new Promise((done) => {
    let n = 0;
    const timer = setInterval(() => {
      window.tracker?.track('Item Viewed', { item: 'Assam tea', price: 12.5, n, tags: ['tea', 'black'], new: true });
      if (++n === calls) { clearInterval(timer); done(); }
    }, 20);
  });`;

export default function paced({ rounds = 3 }) {
  return withEnvironment(async ({ libraries, shop, sink, token, visitor }) => {
    const measureEvent = async (library) => {
      const { page, cdp, close } = await visitor();
      await openLibraryPage(page, shop.libraryPage(library, sink.url, token(), { before: pacing }));
      await page.waitForTimeout(1500); // Until starting is over, which start.mjs measures.
      const thread = await measureMainThread(cdp);
      await page.evaluate((calls) => pace(calls), events);
      await page.waitForTimeout(6000); // The longest time that any of the libraries keeps an event.
      const { main } = await thread();
      await close();
      return (main * 1000) / events;
    };
    const results = new Map([undefined, ...libraries].map((library) => [library?.name, []]));
    for (let round = 0; round < rounds; round++)
      for (const library of [undefined, ...libraries]) results.get(library?.name).push(await measureEvent(library));
    const empty = median(results.get(undefined));
    return {
      title: 'An event every 20 ms, main thread',
      baseline,
      columns: [
        { key: 'each', title: 'µs an event', digits: 0, ratio: true, plot: 'main thread, µs an event', target: 400 },
      ],
      rows: libraries.map(({ name }) => ({ name, each: median(results.get(name)) - empty })),
      note: `CPU time, medians of ${rounds} rounds of ${events} events and the 6 s after them, less that of a page with the timer only (${Math.round(empty)} µs).`,
    };
  });
}
