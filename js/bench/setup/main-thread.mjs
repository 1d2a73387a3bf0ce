// Measures the CPU time of a page's main thread, as the browser reports it.

/** Starts measuring. Resolves to a function that returns the CPU time, in milliseconds, of the main thread and of the whole process. */
export async function measureMainThread(cdp) {
  await cdp.send('Performance.enable', { timeDomain: 'threadTicks' });
  const read = async () => {
    const { metrics } = await cdp.send('Performance.getMetrics');
    return Object.fromEntries(metrics.map(({ name, value }) => [name, value]));
  };
  const before = await read();
  return async () => {
    const after = await read();
    const spent = (name) => (after[name] - before[name]) * 1000;
    return { main: spent('TaskDuration'), script: spent('ScriptDuration'), process: spent('ProcessTime') };
  };
}
