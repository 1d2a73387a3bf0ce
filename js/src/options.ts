import { attempt } from './attempt.js';
import type { Config } from './types.js';

/** A copy of the options that a page passed, whatever that was. An option that cannot be read, or is undefined, is left out. */
export function optionsOf(config: unknown): Config {
  const options: Record<string, unknown> = {};
  attempt(() => {
    for (const name of Object.keys(config as object))
      attempt(() => {
        const value = (config as typeof options)[name];
        if (value !== undefined) options[name] = value;
      });
  });
  return options;
}
