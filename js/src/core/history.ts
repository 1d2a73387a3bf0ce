// The answer to history(), for which Go has no calendar.

/** Whether a call is history(): its arguments as JSON. */
export const isHistoryCall = (args: string): boolean => args.startsWith('["history"');

/** Returns Go's answer to history() with its times as texts, which console.table shows. */
export const withDates = (answer: string): string =>
  answer.replace(/"time":(\d+)/g, (_, ms) => `"time":"${new Date(+ms).toISOString()}"`);
