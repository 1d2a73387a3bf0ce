import { attempt } from './attempt.js';
import type { Tracker } from './tracker.js';
import type { Warning } from './types.js';
import texts from './warnings.json';

const docsURL = 'https://github.com/throughline/throughline/blob/main/docs/warnings.md#warning-';

// What the page's own function does may warn again, and so without an end: it hears so many in one task, and ten
// inside each other.
const maxCallbacksPerTask = 1_000;
const nestedCallbackWeight = 100;

/** What `warnings: 'throw'` throws. */
interface ThroughlineWarning extends Error {
  warning: Warning;
}

/** Shows warnings the way each instance's `warnings` option says. */
export interface Warnings {
  /** Shows a warning. */
  report(to: string, warning: Omit<Warning, 'instance'>): void;
  /** Shows one that has to be given before Go runs, or because it does not. The texts are Go's own (wasm/tools/warnings). */
  reportCode(to: string, code: keyof typeof texts, subject: unknown): void;
  /** Throws what a call's warnings left, where the page asked for `warnings: 'throw'`. */
  throwPending(): void;
}

/** Makes the warnings of a page. `heard` hears every one first: the testing kit listens there. */
export function createWarnings(trackers: readonly Tracker[], onWarning?: (warning: Warning) => void): Warnings {
  const printed = new Set<string>();
  const pending: Error[] = [];
  let callbackCount = 0;

  const throwPending = () => {
    for (const error of pending.splice(0)) throw error;
  };

  const report: Warnings['report'] = (to, reported) => {
    const warning = { ...reported, instance: to.replace(/^\d+:/, '') }; // Of another copy of the library: see throughline.ts.
    const mode = trackers.find(({ instanceName }) => instanceName === to)?.config.warnings ?? 'console';
    const { code, what, mend, link } = warning;
    const message = `Throughline [${code}] ${what} ${mend} ${link}`;
    onWarning?.(warning);
    if (typeof mode === 'function') {
      if (!callbackCount++)
        setTimeout(() => {
          callbackCount = 0;
        });
      if (callbackCount < maxCallbacksPerTask) {
        callbackCount += nestedCallbackWeight;
        guard(() => mode(warning));
        callbackCount -= nestedCallbackWeight;
      }
    } else if (mode === 'throw') {
      pending.push(Object.assign(new Error(message), { name: 'ThroughlineWarning', warning }));
      setTimeout(throwPending); // For a warning that no call is there to throw.
    } else if (mode === 'console' && !printed.has(code)) {
      printed.add(code);
      guard(() => console.warn(message)); // Some pages put their own in its place.
    }
  };

  return {
    report,
    reportCode(to, code, subject) {
      const { what, mend } = texts[code];
      report(to, {
        code,
        what: what.replace('%s', () => attempt(() => `${subject}`) ?? ''),
        mend,
        link: docsURL + code,
      });
    },
    throwPending,
  };
}

/** Runs the page's own function: its mistakes are told to the console and stay there. */
export const guard = (callback: () => void): void => attempt(callback, log);

/** Throws a warning that the page asked to have thrown; of any other error only the console hears. */
export function throwOrLog(error: unknown): void {
  if ((error as Partial<ThroughlineWarning>)?.warning) throw error;
  log(error);
}

// Pages replace the console, too.
const log = (error: unknown): void => attempt(() => console.error(error));
