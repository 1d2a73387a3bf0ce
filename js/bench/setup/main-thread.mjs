// Time of the page's own main thread, as the browser counts it.

/** Begins to count. The function that it resolves to gives, in milliseconds: CPU of the main thread, and of the whole process. */
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
