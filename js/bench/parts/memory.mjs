// Measures Go's linear memory after many calls, of which all are sent.

import { openLibraryPage, withEnvironment } from '../setup/environment.mjs';
import { phases } from '../setup/wasm-phases.mjs';

export default function memory() {
  return withEnvironment(async ({ libraries: [ours], shop, sink, token, visitor }) => {
    const project = token();
    const { page, cdp, close } = await visitor();
    await openLibraryPage(page, shop.libraryPage(ours, sink.url, project, { before: phases }));
    const rows = [];
    let made = 0;
    for (const calls of [0, 50_000, 500_000]) {
      // A thousand calls in each task, which are then sent, because at most 5,000 events may wait.
      await page.evaluate(
        async ([from, to]) => {
          for (let n = from; n < to; ) {
            for (const end = Math.min(n + 1000, to); n < end; n++)
              tracker.track('Item Viewed', { item: 'Assam tea', price: 12.5, n, tags: ['tea', 'black'] });
            if (!(await throughline.flush())) throw new Error('not everything was sent');
          }
        },
        [made, calls],
      );
      made = calls;
      const linear = await page.evaluate(() => wasmMemory.buffer.byteLength / 2 ** 20);
      await cdp.send('HeapProfiler.collectGarbage');
      await cdp.send('Performance.enable');
      const { metrics } = await cdp.send('Performance.getMetrics');
      const heap = metrics.find(({ name }) => name === 'JSHeapUsedSize').value / 2 ** 20;
      const dropped = await page.evaluate(() => throughline.get_property('$dropped'));
      rows.push({
        name: `after ${calls.toLocaleString('en')} calls`,
        linear,
        heap,
        sent: sink.count(project),
        dropped,
      });
    }
    await close();
    return {
      title: 'Memory',
      columns: [
        { key: 'linear', title: 'Go’s linear memory, MiB', plot: 'Go’s linear memory, MiB', target: 6 },
        { key: 'heap', title: 'JavaScript heap, MiB' },
        { key: 'sent', title: 'events that came', digits: 0 },
      ],
      rows,
    };
  });
}
