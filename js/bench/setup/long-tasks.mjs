// The longest tasks of a page's main thread, from the browser's own trace.

/** What a page marks, so that its thread is known. Nothing may be evaluated in it meanwhile: that would be a task of its own. */
const pageMark = 'page of the bench';
const loadMark = 'loaded page of the bench';

/** What the page has to run before anything else. */
export const marks = `
  performance.mark('${pageMark}');
  addEventListener('load', () => performance.mark('${loadMark}'));`;

/**
 * Begins to trace. The function that it resolves to ends that and gives the milliseconds of the page's longest task, and of its longest
 * after the one with the load event.
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
