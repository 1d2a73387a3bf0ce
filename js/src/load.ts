import type { Call, Core, Shim } from './border.js';

/** The lazily loaded file, throughline.core.js. */
export interface CoreModule {
  start(shim: Shim): Promise<Core & { take(call: Call): Promise<void> }>;
}

let from: () => Promise<CoreModule> = () => Promise.reject(new Error('throughline.core.js was not found'));

/** Says how the core's file is loaded: beside the script, or as the bundler cut it. */
export function loadCoreFrom(load: () => Promise<CoreModule>): void {
  from = load;
}

/** Loads the core's file. */
export function loadCore(): Promise<CoreModule> {
  return from();
}
