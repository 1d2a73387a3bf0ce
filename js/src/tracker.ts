// The state of one tracker in the shim.

import type { Call } from './border.js';
import type { StoredRecord } from './stored-record.js';
import type { Config, Instance } from './types.js';

/** One tracker, the default one or a named one. */
export interface Tracker {
  /** Its name, '' for the default one; with a prefix for trackers of a second copy of the library (throughline.ts). */
  instanceName: string;
  api: Instance;
  config: Config & {
    /** The tracker belongs to the entry throughline/mixpanel, whose calls return what mixpanel-browser's return. */
    mixpanel?: boolean;
  };
  /** The calls made before init, which wait for it. */
  callsBeforeInit: Call[];
  /** Reports whether only Go can send its calls, so that they must not be handed over when the page is left before it runs. */
  mustWait?(): boolean;
  /** Called by init before Go opens the tracker. Calls that it makes wait until then. */
  onOpen?(): void;
  /** Whether the option `loaded` is to be called when Go has made all waiting calls. */
  awaitsLoaded?: boolean;
  /** Set by init. */
  token?: string;
  /** Set by init: reads the record from storage, for use before Go runs. It is read each time because other tabs may write it. */
  record?: () => StoredRecord;
}
