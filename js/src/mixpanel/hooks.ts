// The hooks of a tracker: functions of the page that see, change or stop what a call passes or what is sent.

import { log } from '../warn.js';

type Hook = (...values: never[]) => unknown;

/** The hooks of one tracker, by name. */
export class Hooks {
  private hooks: Record<string, Hook[]> = {};

  /** `tracker` is what hooks get as `this`. */
  constructor(private readonly tracker: unknown) {}

  /** Replaces all hooks by those of the option `hooks`: functions, or arrays of functions. Other values are ignored, and logged. */
  configure(option: unknown): void {
    this.hooks = {};
    for (const [name, value] of Object.entries(option as object))
      for (const hook of Array.isArray(value) ? value : [value]) this.add(name, hook);
  }

  /** Adds a hook after the others of that name. */
  add(name: string, hook: Hook): void {
    if (typeof hook !== 'function') log(new TypeError(`The hook ${name} is not a function`));
    else this.hooks[name] = [...(this.hooks[name] ?? []), hook];
  }

  /** Removes a hook. */
  remove(name: string, hook: Hook): void {
    this.hooks[name] = this.hooks[name]?.filter((other) => other !== hook) ?? [];
  }

  /** Reports whether there is a hook of that name. */
  has = (name: string): boolean => !!this.hooks[name]?.[0];

  /**
   * Passes values through the hooks of that name, one after the other. A hook returns the new first value, or an array of the new first values.
   * Returns undefined if a hook returned undefined or null, or threw: then the call does nothing. A hook that fails may not let through what it
   * was there to remove.
   */
  run<Values extends unknown[]>(name: string, ...values: Values): Values | undefined {
    let current: unknown[] = values;
    for (const hook of this.hooks[name] ?? []) {
      let result: unknown;
      try {
        result = hook.apply(this.tracker, current as never[]);
      } catch (error) {
        log(error);
      }
      if (result == null) {
        if (result === undefined) log(new Error(`The hook ${name} returned no value, so the call does nothing`));
        return undefined;
      }
      const changed = Array.isArray(result) ? result : [result];
      current = [...changed, ...current.slice(changed.length)];
    }
    return current as Values;
  }
}
