// Measures the longest tasks of a page's main thread, with the tracing of the browser.

/** Names of marks in the trace, by which the page's thread is found. Evaluating something in the page would add a task. */
const pageMark = 'page of the bench';
const loadMark = 'loaded page of the bench';

/** Page code that must run first. */
export const marks = `
  performance.mark('${pageMark}');
  addEventListener('load', () => performance.mark('${loadMark}'));`;

/**
 * Starts tracing. Resolves to a function that stops it and returns the milliseconds of the page's longest task, and of its longest task
 * after that of the load event.
 */
export async function longestTasks(browser, page) {
  await browser.startTracing(page, {
    categories: ['toplevel', 'disabled-by-default-devtools.timeline', 'blink.user_timing'],
  });
  return async () => {
    const { traceEvents } = JSON.parse((await browser.stopTracing()).toString());
    const [startMark, loadedMark] = [pageMark, loadMark].map((mark) => traceEvents.find(({ name }) => name === mark));
    if (!startMark || !loadedMark)
      throw new Error('the trace does not say which thread is the page’s, and when it had loaded');
    const longest = (test) =>
      Math.max(
        ...traceEvents
          .filter(
            ({ name, pid, tid, dur }) => /RunTask$/.test(name) && pid === startMark.pid && tid === startMark.tid && dur,
          )
          .filter(test)
          .map(({ dur }) => dur / 1000),
      );
    return {
      longest: longest(({ ts, dur }) => ts + dur > startMark.ts),
      later: longest(({ ts }) => ts > loadedMark.ts),
    };
  };
}
