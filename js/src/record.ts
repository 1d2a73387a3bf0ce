// What the shim reads of the record before Go runs. Reading only: whoever writes the rules is Go.

import type { Host } from './host.js';
import { read, write } from './storage.js';

/** The part of a stored record that the shim looks at. */
export interface StoredRecord {
  distinct_id?: string;
  device_id?: string;
  user_id?: string;
  minted?: number;
  opted_out?: boolean;
  props?: Record<string, unknown>;
}

/** Where a tracker keeps its record. wasm/tracker/keys.go has the same rule. */
export function recordKey(token: string, persistenceName: string | undefined): string {
  return `tl_${token}${persistenceName ? `_${persistenceName}` : ''}`;
}

/** What mixpanel-browser left for the same token, in localStorage or in its cookie, or ''. */
export function mixpanelRecord(token: string): string {
  const name = `mp_${token}_mixpanel`;
  const stored = read(name);
  if (stored) return stored;
  try {
    const start = `; ${document.cookie}`.split(`; ${name}=`)[1];
    return start ? decodeURIComponent(start.split(';')[0] as string) : '';
  } catch {
    return '';
  }
}

/** The stored record: ours, else mixpanel-browser's. Undefined for a new visitor. */
export function storedRecord(token: string, persistenceName: string | undefined): StoredRecord | undefined {
  return parse(read(recordKey(token, persistenceName))) ?? (persistenceName ? undefined : parse(mixpanelRecord(token)));
}

/**
 * A new visitor's record, stored at once so that the next tab finds it. It is marked as minted until Go has settled with all tabs that
 * opened at once on whose id it is: wasm/tracker/shared_record.go knows the mark.
 */
export function newRecord(host: Host, token: string, persistenceName: string | undefined): StoredRecord {
  const device_id = uuid(host.random(new Uint8Array(16)));
  const record = { distinct_id: `$device:${device_id}`, device_id, minted: 1 };
  write(recordKey(token, persistenceName), JSON.stringify(record));
  return record;
}

function parse(text: string): StoredRecord | undefined {
  try {
    const record = JSON.parse(text) as StoredRecord;
    return typeof record.distinct_id === 'string' ? record : undefined;
  } catch {
    return undefined;
  }
}

// crypto.randomUUID exists on https only.
function uuid(bytes: Uint8Array): string {
  bytes[6] = ((bytes[6] as number) & 15) | 64;
  bytes[8] = ((bytes[8] as number) & 63) | 128;
  const hex = Array.from(bytes, (byte) => (byte + 256).toString(16).slice(1)).join('');
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
}
