import type { StoredRecord } from './record.js';
import type { Config, Instance } from './types.js';

/** One tracker as the shim knows it. */
export interface Tracker {
  token: string;
  config: Config;
  api: Instance;
  /** The record as it was at init, for the time before Go runs. */
  record: StoredRecord;
  /** Whether the page's `loaded` was called. */
  loaded?: boolean;
}

/** Every tracker of the page by its name, '' being the default one. */
export type Instances = Map<string, Tracker>;
