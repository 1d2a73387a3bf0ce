import { instances } from './instances.js';
import type { Warning } from './types.js';

const printed = new Set<string>();
let pending: Error | undefined;

/** Shows a warning (JSON text of code, what, mend, link) the way the instance's `warnings` option says. */
export function showWarning(to: string, text: string): void {
  const warning: Warning = { ...(JSON.parse(text) as Warning), instance: to };
  const mode = instances.get(to)?.config.warnings ?? 'console';
  const { code, what, mend, link } = warning;
  const message = `Throughline [${code}] ${what} ${mend} ${link}`;
  if (typeof mode === 'function') guard(() => mode(warning));
  else if (mode === 'throw') {
    pending ??= Object.assign(new Error(message), { name: 'ThroughlineWarning', warning });
    setTimeout(throwPending); // For a warning that no call is there to throw.
  } else if (mode === 'console' && !printed.has(code)) {
    printed.add(code);
    console.warn(message);
  }
}

/** Throws what a call's warnings left, where the page asked for `warnings: 'throw'`. */
export function throwPending(): void {
  const error = pending;
  pending = undefined;
  if (error) throw error;
}

/** Runs the page's own function: its mistakes are told to the console and stay there. */
export function guard(callback: () => void): void {
  try {
    callback();
  } catch (error) {
    console.error(error);
  }
}
