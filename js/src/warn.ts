// Shows warnings as the option `warnings` of each instance says, and keeps exceptions away from the page.

import { attempt } from './attempt.js';
import type { Tracker } from './tracker.js';
import type { Warning } from './types.js';
import texts from './warnings.json';

const docsURL = 'https://github.com/throughline/throughline/blob/main/docs/warnings.md#warning-';

// The page's own function may cause further warnings, and so without end. It receives at most a thousand warnings in one task. Each level
// of nesting counts as a hundred, so that at most ten calls are nested.
const maxCallbacksPerTask = 1_000;
const nestedCallbackWeight = 100;

// Each warning is printed once for each name that it concerns. A page that passes ever new bad values would otherwise fill its console.
const maxPrinted = 50;

/** The error thrown with `warnings: 'throw'`. */
interface ThroughlineWarning extends Error {
  warning: Warning;
}

/** Shows the warnings of a page. */
export interface Warnings {
  /** Shows a warning of Go's. `to` is the name of the instance. */
  report(to: string, warning: Omit<Warning, 'instance'>): void;
  /** Shows a warning that must be given without Go. Its text is generated from Go's table (wasm/tools/warnings). */
  reportCode(to: string, code: keyof typeof texts, subject: unknown): void;
  /** Throws the first pending warning of instances with `warnings: 'throw'`, and drops the others. */
  throwPending(): void;
}

/** Creates the warnings of a page. `onWarning` receives every warning first; the testing kit uses it. */
export function createWarnings(trackers: readonly Tracker[], onWarning?: (warning: Warning) => void): Warnings {
  const printed = new Set<string>();
  const pending: Error[] = [];
  let callbackCount = 0;

  const throwPending = () => {
    for (const error of pending.splice(0)) throw error;
  };

  const report: Warnings['report'] = (to, reported) => {
    // Removes the prefix of a second copy of the library (throughline.ts).
    const warning = { ...reported, instance: to.replace(/^\d+:/, '') };
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
      setTimeout(throwPending); // For a warning that comes outside of any call of the page.
    } else if (mode === 'console' && !printed.has(message) && printed.size < maxPrinted) {
      printed.add(message);
      guard(() => console.warn(message)); // A replacement of the page's may throw.
    }
  };

  return {
    report,
    reportCode(to, code, subject) {
      const { what, mend } = texts[code];
      report(to, {
        code,
        // An address may be the whole file, as data:.
        what: what.replace('%s', () => attempt(() => `${subject}`.slice(0, 300)) ?? ''),
        mend,
        link: docsURL + code,
      });
    },
    throwPending,
  };
}

/** Runs a callback of the page. If it throws, the error goes to the console. */
export const guard = (callback: () => void): void => attempt(callback, log);

/** Throws an error that is a warning of `warnings: 'throw'`, and logs any other error to the console. */
export function throwOrLog(error: unknown): void {
  if ((error as Partial<ThroughlineWarning>)?.warning) throw error;
  log(error);
}

/** Logs an error to the console, which the page may have replaced, too. */
export const log = (error: unknown): void => attempt(() => console.error(error));
