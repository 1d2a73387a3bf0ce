import type { Instances } from './instances.js';
import type { Warning } from './types.js';

/** Shows warnings the way each instance's `warnings` option says. */
export class Warnings {
  private readonly printed = new Set<string>();
  private pending: Error | undefined;
  /** Hears every warning first: the testing kit listens here. */
  heard: ((warning: Warning) => void) | undefined;

  constructor(private readonly instances: Instances) {}

  /** Shows a warning: JSON text of code, what, mend, link. */
  show(to: string, text: string): void {
    const warning: Warning = { ...(JSON.parse(text) as Warning), instance: to };
    this.heard?.(warning);
    const mode = this.instances.get(to)?.config.warnings ?? 'console';
    const { code, what, mend, link } = warning;
    const message = `Throughline [${code}] ${what} ${mend} ${link}`;
    if (typeof mode === 'function') guard(() => mode(warning));
    else if (mode === 'throw') {
      this.pending ??= Object.assign(new Error(message), { name: 'ThroughlineWarning', warning });
      setTimeout(() => this.throw()); // For a warning that no call is there to throw.
    } else if (mode === 'console' && !this.printed.has(code)) {
      this.printed.add(code);
      console.warn(message);
    }
  }

  /** Throws what a call's warnings left, where the page asked for `warnings: 'throw'`. */
  throw(): void {
    const error = this.pending;
    this.pending = undefined;
    if (error) throw error;
  }
}

/** Runs the page's own function: its mistakes are told to the console and stay there. */
export function guard(callback: () => void): void {
  try {
    callback();
  } catch (error) {
    console.error(error);
  }
}
