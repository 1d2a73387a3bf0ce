import type { Instances } from './instances.js';
import type { Warning } from './types.js';

/** Shows warnings the way each instance's `warnings` option says. */
export interface Warnings {
  /** Shows a warning. */
  show(to: string, warning: Omit<Warning, 'instance'>): void;
  /** Throws what a call's warnings left, where the page asked for `warnings: 'throw'`. */
  rethrow(): void;
}

/** Makes the warnings of a page. `heard` hears every one first: the testing kit listens there. */
export function createWarnings(instances: Instances, heard?: (warning: Warning) => void): Warnings {
  const printed = new Set<string>();
  let pending: Error | undefined;

  const rethrow = () => {
    const error = pending;
    pending = undefined;
    if (error) throw error;
  };

  return {
    rethrow,
    show(to, told) {
      const warning = { ...told, instance: to };
      const { code, what, mend, link } = warning;
      const mode = instances.get(to)?.config.warnings ?? 'console';
      const message = `Throughline [${code}] ${what} ${mend} ${link}`;
      heard?.(warning);
      if (typeof mode === 'function') guard(() => mode(warning));
      else if (mode === 'throw') {
        pending ??= Object.assign(new Error(message), { name: 'ThroughlineWarning', warning });
        setTimeout(rethrow); // For a warning that no call is there to throw.
      } else if (mode === 'console' && !printed.has(code)) {
        printed.add(code);
        console.warn(message);
      }
    },
  };
}

/** Runs the page's own function: its mistakes are told to the console and stay there. */
export function guard(callback: () => void): void {
  try {
    callback();
  } catch (error) {
    console.error(error);
  }
}
