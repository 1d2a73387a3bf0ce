import type { Call } from './border.js';
import type { StoredRecord } from './stored-record.js';
import type { Config, Instance } from './types.js';

/** One tracker as the shim knows it. */
export interface Tracker {
  /** '' for the default one. */
  instanceName: string;
  api: Instance;
  config: Config;
  /** Calls made before init: they wait for it. */
  callsBeforeInit: Call[];
  /** It was opened since Go last took all calls: `loaded` is to be called. */
  awaitsLoaded?: boolean;
  /** Since init. */
  token?: string;
  /** Since init: the record, read anew each time, for another tab may write it. For the time before Go runs. */
  record?: () => StoredRecord;
}
