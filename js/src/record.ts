// What the shim reads of the record before Go runs. Reading only: whoever writes the rules is Go.

import { attempt } from './attempt.js';
import { documentProperty } from './document.js';
import { type Host, uuid } from './host.js';
import { parse, serialise } from './serialise.js';
import { read } from './storage.js';
import type { StoredRecord } from './stored-record.js';

/** Where a tracker keeps its record. wasm/tracker/keys.go has the same rule. */
export function recordKey(token: string, persistenceName: string | undefined): string {
  return `tl_${token}${typeof persistenceName === 'string' && persistenceName ? `_${persistenceName}` : ''}`; // Pages pass anything.
}

/** What mixpanel-browser left for the same token, in localStorage or in its cookie, or ''. */
export function readMixpanelRecord(token: string): string {
  const name = `mp_${token}_mixpanel`;
  const cookie = () => `; ${documentProperty('cookie')}`.split(`; ${name}=`)[1] as string; // Where there is none, what follows throws.
  return read(name) || (attempt(() => decodeURIComponent(cookie().split(';')[0] as string)) ?? '');
}

/**
 * How to read a visitor's record: ours, else mixpanel-browser's. A new visitor gets one, stored at once so that the next tab finds it.
 * It is marked as minted until Go has settled with all tabs that opened at once on whose id it is: wasm/tracker/shared_record.go
 * knows the mark.
 */
export function recordReader(host: Host, token: string, persistenceName: string | undefined): () => StoredRecord {
  const key = recordKey(token, persistenceName);
  const stored = () => parseRecord(read(key)) ?? (persistenceName ? undefined : parseRecord(readMixpanelRecord(token)));
  let record = stored();
  if (!record) {
    const device_id = uuid(host);
    record = { distinct_id: `$device:${device_id}`, device_id, minted: 1 };
    // A damaged one is Go's to rescue; written over, it would look as if the page had emptied storage.
    attempt(() => read(key) || localStorage.setItem(key, serialise(record)));
  }
  return () => stored() ?? (record as StoredRecord);
}

// The record in a text, if it names a visitor. mixpanel-browser keeps an id that was a number as a number.
function parseRecord(text: string): StoredRecord | undefined {
  return attempt(() => {
    const record = parse(text) as StoredRecord;
    const id: unknown = record.distinct_id;
    if (typeof id === 'string' || typeof id === 'number') return { ...record, distinct_id: `${id}` };
  });
}
