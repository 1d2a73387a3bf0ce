// Copies the options of init and set_config, which may be any value that a page passes.

import { attempt } from './attempt.js';
import type { Config } from './types.js';

/** Returns a copy of the options. Options that are undefined, or whose getter throws, are left out. */
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
