import { attempt } from './attempt.js';
import type { Tracker } from './tracker.js';
import type { Warning } from './types.js';
import texts from './warnings.json';

const page = 'https://github.com/throughline/throughline/blob/main/docs/warnings.md#warning-';

// What the page's own function does may warn again, and so without an end: it hears so many in one task, and ten
// inside each other.
const mostHeard = 1_000;
const nested = 100;

/** What `warnings: 'throw'` throws. */
interface ThroughlineWarning extends Error {
  warning: Warning;
}

/** Shows warnings the way each instance's `warnings` option says. */
export interface Warnings {
  /** Shows a warning. */
  show(to: string, warning: Omit<Warning, 'instance'>): void;
  /** Shows one that has to be given before Go runs, or because it does not. The texts are Go's own (wasm/tools/warnings). */
  tell(to: string, code: keyof typeof texts, subject: unknown): void;
  /** Throws what a call's warnings left, where the page asked for `warnings: 'throw'`. */
  rethrow(): void;
}

/** Makes the warnings of a page. `heard` hears every one first: the testing kit listens there. */
export function createWarnings(trackers: readonly Tracker[], heard?: (warning: Warning) => void): Warnings {
  const printed = new Set<string>();
  const pending: Error[] = [];
  let heardNow = 0;

  const rethrow = () => {
    for (const first of pending.splice(0)) throw first;
  };

  const show: Warnings['show'] = (to, told) => {
    const warning = { ...told, instance: to.replace(/^\d+:/, '') }; // Of another copy of the library: see throughline.ts.
    const mode = trackers.find(({ called }) => called === to)?.config.warnings ?? 'console';
    const { code, what, mend, link } = warning;
    const message = `Throughline [${code}] ${what} ${mend} ${link}`;
    heard?.(warning);
    if (typeof mode === 'function') {
      if (!heardNow++)
        setTimeout(() => {
          heardNow = 0;
        });
      if (heardNow < mostHeard) {
        heardNow += nested;
        guard(() => mode(warning));
        heardNow -= nested;
      }
    } else if (mode === 'throw') {
      pending.push(Object.assign(new Error(message), { name: 'ThroughlineWarning', warning }));
      setTimeout(rethrow); // For a warning that no call is there to throw.
    } else if (mode === 'console' && !printed.has(code)) {
      printed.add(code);
      guard(() => console.warn(message)); // Some pages put their own in its place.
    }
  };

  return {
    show,
    tell(to, code, subject) {
      const { what, mend } = texts[code];
      show(to, {
        code,
        what: what.replace('%s', () => attempt(() => `${subject}`) ?? ''),
        mend,
        link: page + code,
      });
    },
    rethrow,
  };
}

/** Runs the page's own function: its mistakes are told to the console and stay there. */
export const guard = (callback: () => void): void => attempt(callback, log);

/** Throws a warning that the page asked to have thrown; of any other error only the console hears. */
export function complain(error: unknown): void {
  if ((error as Partial<ThroughlineWarning>)?.warning) throw error;
  log(error);
}

// Pages replace the console, too.
const log = (error: unknown): void => attempt(() => console.error(error));
