// Measures how long calls of track() take: one call, 2,000 in a loop, and one call while many events wait.

import { openLibraryPage, withEnvironment } from '../setup/environment.mjs';
import { baseline } from '../setup/libraries.mjs';
import { measureMainThread } from '../setup/main-thread.mjs';
import { median, medians } from '../stats.mjs';

// The clock of the page has steps of 5 microseconds, so ten calls are timed together.
const timing = `
  const properties = (n) => ({ item: 'Assam tea', price: 12.5, n, tags: ['tea', 'black'], new: true });
  const task = () => new Promise((done) => { const { port1, port2 } = new MessageChannel(); port1.onmessage = done; port2.postMessage(0); });
  window.timeCalls = async (calls) => {
    const times = [];
    for (let n = 0; n < calls; n += 10) {
      const from = performance.now();
      for (let i = 0; i < 10; i++) tracker.track('Item Viewed', properties(n + i));
      times.push((performance.now() - from) * 100);
      await task();
    }
    return times;
  };
  window.timeLoop = async (calls) => {
    const from = performance.now();
    for (let n = 0; n < calls; n++) tracker.track('Item Viewed', properties(n));
    const loop = performance.now() - from;
    await task();
    return { loop, task: performance.now() - from };
  };
  window.pile = async (calls) => {
    for (let n = 0; n < calls; n++) tracker.track('Item Viewed', properties(n));
    await task();
  };
  // Another instance makes 3,000 calls first, so that the time to compile code is not measured.
  window.warmUp = async (host) => {
    throughline.init('warm', { api_host: host, persistence_name: 'warm' }, 'warm');
    await throughline.ready;
    for (let n = 0; n < 3000; n++) throughline.warm.track('Item Viewed', properties(n));
    if (!(await throughline.warm.flush())) throw new Error('the calls before were not sent');
  };`;

export default function track({ rounds = 5 }) {
  return withEnvironment(async ({ libraries, shop, sink, token, visitor }) => {
    const open = async (library, host) => {
      const libraryPage = await visitor();
      await openLibraryPage(
        libraryPage.page,
        shop.libraryPage(library, host, token(), { before: timing, isolated: true }),
      );
      return libraryPage;
    };

    const results = new Map(libraries.map(({ name }) => [name, []]));
    for (let round = 0; round < rounds; round++)
      for (const library of libraries) {
        const one = await open(library, sink.url);
        const times = await one.page.evaluate(() => timeCalls(1000));
        await one.close();
        const many = await open(library, sink.url);
        const thread = await measureMainThread(many.cdp);
        const { loop, task } = await many.page.evaluate(() => timeLoop(2000));
        const { main: cpu } = await thread();
        await many.close();
        results.get(library.name).push({ one: median(times), loop, task, cpu });
      }

    // Events wait because nothing listens at this address. At most 5,000 may wait.
    const [ours] = libraries;
    const waiting = [];
    for (const events of [10, 1000, 4900]) {
      const times = [];
      for (let round = 0; round < rounds; round++) {
        const { page, close } = await open(ours, 'http://127.0.0.1:9');
        await page.evaluate((host) => warmUp(host), sink.url);
        await page.evaluate((count) => pile(count), events);
        times.push(median(await page.evaluate(() => timeCalls(100))));
        await close();
      }
      waiting.push({ name: `${events.toLocaleString('en')} waiting`, one: median(times) });
    }

    return [
      {
        title: 'track(), what the page waits for',
        baseline,
        columns: [
          { key: 'one', title: 'one call, µs', ratio: true, plot: 'one call, µs', target: 5 },
          { key: 'loop', title: '2,000 in a loop, ms', ratio: true, plot: '2,000 calls in a loop, ms', target: 20 },
          { key: 'task', title: 'to the end of that task, ms', ratio: true },
          { key: 'cpu', title: 'its CPU, ms', ratio: true },
        ],
        rows: libraries.map(({ name }) => ({ name, ...medians(results.get(name)) })),
        note: `Medians of ${rounds} rounds. The end of the task includes what ours stores: by then the events are in localStorage. CPU is the thread’s own, whatever else the machine does.`,
      },
      {
        title: 'Ours with events waiting, after 3,000 other calls',
        columns: [{ key: 'one', title: 'one call, µs', digits: 1 }],
        rows: waiting,
      },
    ];
  });
}
