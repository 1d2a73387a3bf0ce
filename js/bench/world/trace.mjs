// The longest task of a page's main thread, from the browser's own trace.

/** What a page marks, so that its thread is known. Nothing may be evaluated in it meanwhile: that would be a task of its own. */
export const markOfPage = 'page of the bench';

/** Begins to trace. The function that it resolves to ends that and gives the milliseconds of the page's longest task. */
export async function longestTask(browser, page) {
  await browser.startTracing(page, {
    categories: ['toplevel', 'disabled-by-default-devtools.timeline', 'blink.user_timing'],
  });
  return async () => {
    const { traceEvents } = JSON.parse((await browser.stopTracing()).toString());
    const here = traceEvents.find(({ name }) => name === markOfPage);
    if (!here) throw new Error('the trace does not say which thread is the page’s');
    const tasks = traceEvents.filter(
      ({ name, pid, tid, ts, dur }) =>
        /RunTask$/.test(name) && pid === here.pid && tid === here.tid && dur && ts + dur > here.ts,
    );
    return Math.max(...tasks.map(({ dur }) => dur)) / 1000;
  };
}
