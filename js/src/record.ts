// Reads the visitor's record before Go runs. Apart from the first record of a new visitor, only Go writes records.

import { attempt } from './attempt.js';
import { documentProperty } from './document.js';
import { type Host, uuid } from './host.js';
import { parse, serialise } from './serialise.js';
import { read } from './storage.js';
import type { StoredRecord } from './stored-record.js';

/** Returns the storage key of a tracker's record. wasm/tracker/keys.go has the same rule. */
export function recordKey(token: string, persistenceName: string | undefined): string {
  return `tl_${token}${typeof persistenceName === 'string' && persistenceName ? `_${persistenceName}` : ''}`; // Pages may pass any value.
}

/** Returns the record that mixpanel-browser stored for the same token, in localStorage or in a cookie, or ''. */
export function readMixpanelRecord(token: string): string {
  const name = `mp_${token}_mixpanel`;
  // Undefined without the cookie: the caller's split then throws.
  const cookie = () => `; ${documentProperty('cookie')}`.split(`; ${name}=`)[1] as string;
  return read(name) || (attempt(() => decodeURIComponent(cookie().split(';')[0] as string)) ?? '');
}

/**
 * Returns a function that reads the visitor's record: ours, or else mixpanel-browser's. A new visitor gets a record here, stored at once
 * so that the next tab finds it. It is marked as minted until Go has agreed with all tabs that were opened at the same time on one id
 * (wasm/tracker/shared_record.go).
 */
export function recordReader(host: Host, token: string, persistenceName: string | undefined): () => StoredRecord {
  const key = recordKey(token, persistenceName);
  const stored = () => parseRecord(read(key)) ?? (persistenceName ? undefined : parseRecord(readMixpanelRecord(token)));
  let record = stored();
  if (!record) {
    const device_id = uuid(host);
    record = { distinct_id: `$device:${device_id}`, device_id, minted: 1 };
    // A damaged record is not overwritten: Go repairs it, and without it Go would believe that the page had emptied the storage.
    attempt(() => read(key) || localStorage.setItem(key, serialise(record)));
  }
  return () => stored() ?? (record as StoredRecord);
}

// Returns the record if it has a distinct_id. mixpanel-browser stores an id that was passed as a number as a number.
function parseRecord(text: string): StoredRecord | undefined {
  return attempt(() => {
    const record = parse(text) as StoredRecord;
    const id: unknown = record.distinct_id;
    if (typeof id === 'string' || typeof id === 'number') return { ...record, distinct_id: `${id}` };
  });
}
