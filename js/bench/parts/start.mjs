// Measures what loading and starting a library costs the page: CPU time of the main thread, at full and at a quarter speed, and long tasks.

import { setTimeout as sleep } from 'node:timers/promises';
import { withEnvironment } from '../setup/environment.mjs';
import { baseline } from '../setup/libraries.mjs';
import { longestTasks, marks } from '../setup/long-tasks.mjs';
import { measureMainThread } from '../setup/main-thread.mjs';
import { phases, readPhases } from '../setup/wasm-phases.mjs';
import { median, medians } from '../stats.mjs';

export default function start({ rounds = 7 }) {
  return withEnvironment(async ({ libraries, shop, sink, token, visitor, browser }) => {
    const load = async (library, rate, { traced = false, before = '' } = {}) => {
      const { page, cdp, close } = await visitor();
      await page.goto(shop.page('')); // So that the process is running and the connection to the site is open.
      await cdp.send('Emulation.setCPUThrottlingRate', { rate });
      const address = shop.libraryPage(library, sink.url, token(), { before: marks + before });
      const thread = await measureMainThread(cdp);
      const trace = traced && (await longestTasks(browser, page));
      await page.goto(address);
      await sleep(1000 + 500 * rate);
      const result = traced ? await trace() : await thread();
      if (before) Object.assign(result, await readPhases(page));
      await close();
      return result;
    };

    const measured = new Map([undefined, ...libraries].map((library) => [library?.name, []]));
    const parts = { 1: [], 4: [] };
    for (let round = 0; round < rounds; round++) {
      for (const library of [undefined, ...libraries]) {
        const [one, four] = [await load(library, 1), await load(library, 4)];
        const tasks = await load(library, 4, { traced: true });
        measured.get(library?.name).push({ one: one.main, four: four.main, process: one.process, ...tasks });
      }
      for (const rate of [1, 4]) parts[rate].push(await load(libraries[0], rate, { before: phases }));
    }

    const empty = medians(measured.get(undefined));
    const rows = libraries.map(({ name }) => {
      const { one, four, process, ...tasks } = medians(measured.get(name));
      return { name, one: one - empty.one, four: four - empty.four, process: process - empty.process, ...tasks };
    });
    const names = ['worker', 'instantiate', 'open'];
    return [
      {
        title: 'Starting, CPU',
        baseline,
        columns: [
          { key: 'one', title: 'main thread, ms', ratio: true, plot: 'main thread, ms of CPU' },
          { key: 'four', title: 'at 4x throttling, ms', ratio: true, plot: 'main thread at 4x throttling, ms' },
          {
            key: 'longest',
            title: 'longest task at 4x, ms',
            ratio: true,
            plot: 'longest task at 4x throttling, ms',
            target: 50,
          },
          { key: 'later', title: 'longest after the load event at 4x, ms', ratio: true },
          { key: 'process', title: 'all threads, ms', ratio: true },
        ],
        rows,
        note: `Medians of ${rounds} rounds, first visit, less an empty page (${empty.one.toFixed(1)} ms); its longest task takes ${empty.longest.toFixed(1)} ms, and ${empty.later.toFixed(1)} ms after the load event. The longest one is the page’s own, which parses it and runs its scripts.`,
      },
      {
        title: 'Ours, where the start goes (wall time, ms)',
        columns: names.map((key) => ({ key, title: key })),
        rows: [1, 4].map((rate) => ({
          name: rate === 1 ? 'full speed' : '4x throttling',
          ...Object.fromEntries(names.map((key) => [key, median(parts[rate].map((round) => round[key] ?? 0))])),
        })),
        note: 'The worker fetches, compiles and warms up the program, while the page’s thread is free. Go’s own start was done when the program was built. Open is ours: the visitor’s record.',
      },
    ];
  });
}
