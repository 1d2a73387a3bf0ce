// Reads the visitor's record before Go runs: that of this origin in localStorage, or that of the whole site in a cookie, which other subdomains
// write too. Apart from the first record of a new visitor, only Go writes records.

import { attempt } from './attempt.js';
import { documentProperty } from './document.js';
import { type Host, uuid } from './host.js';
import { parse, serialise } from './serialise.js';
import { read, remove } from './storage.js';
import type { StoredRecord } from './stored-record.js';
import type { Config } from './types.js';

/** Returns the storage key of a tracker's record. wasm/tracker/keys.go has the same rule. */
export function recordKey(token: string, persistenceName: string | undefined): string {
  return `tl_${token}${typeof persistenceName === 'string' && persistenceName ? `_${persistenceName}` : ''}`; // Pages may pass any value.
}

/** Returns a cookie, or ''. */
export function readCookie(name: string): string {
  // Undefined without the cookie: split then throws.
  const value = () => `; ${documentProperty('cookie')}`.split(`; ${name}=`)[1] as string;
  return attempt(() => decodeURIComponent(value().split(';')[0] as string)) ?? '';
}

/**
 * Returns the record that mixpanel-browser stored for the same token, in localStorage or in a cookie, or ''. A site that gave it a name has it
 * under that name.
 */
export function readMixpanelRecord(token: string, { persistence_name, cookie_name }: Config): string {
  const ownName = persistence_name || cookie_name;
  const name = `mp_${ownName || `${token}_mixpanel`}`;
  return read(name) || readCookie(name);
}

/**
 * Returns what is known of the visitor's consent from elsewhere than our record: 'dnt' if the browser asks not to be tracked (Do Not Track,
 * Global Privacy Control), 'out' or 'in' as the visitor told mixpanel-browser, 'out' if the site asks for consent first, else ''.
 */
export function readConsent(token: string, config: Config): string {
  const browser = navigator as Navigator & { doNotTrack?: unknown; globalPrivacyControl?: unknown };
  const name = (config.opt_out_tracking_cookie_prefix || '__mp_opt_in_out_') + token;
  const told = read(name) || readCookie(name);
  if (!config.ignore_dnt && (/^(1|yes)$/.test(`${browser.doNotTrack}`) || browser.globalPrivacyControl)) return 'dnt';
  if (told) return told === '0' ? 'out' : 'in';
  return config.opt_out_tracking_by_default || readCookie('mp_optout') ? 'out' : '';
}

/**
 * Returns a function that reads the visitor's record: ours, or else mixpanel-browser's. A new visitor gets a record here, stored at once
 * so that the next tab finds it. It is marked as minted until Go has agreed with all tabs that were opened at the same time on one id
 * (wasm/tracker/shared_record.go).
 */
export function recordReader(host: Host, token: string, config: Config): () => StoredRecord {
  const key = recordKey(token, config.persistence_name);
  const stored = () => {
    const own = parseRecord(read(key));
    const shared = config.cross_subdomain_cookie === false ? undefined : parseRecord(readCookie(key));
    if (shared && (!own || changedAt(shared) > changedAt(own))) return shared;
    return own ?? parseMixpanelRecord(readMixpanelRecord(token, config));
  };
  let record = stored();
  if (!record) {
    const device_id = uuid(host);
    record = { distinct_id: `$device:${device_id}`, device_id, minted: 1 };
    // A damaged record is not overwritten: Go repairs it, and without it Go would believe that the page had emptied the storage.
    attempt(() => read(key) || config.disable_persistence || localStorage.setItem(key, serialise(record)));
  }
  return () => {
    const current = stored() ?? (record as StoredRecord);
    const consent = readConsent(token, config);
    // What the visitor told this library counts, unless the browser asks not to be tracked.
    return consent === 'dnt' || (consent === 'out' && !current.opt_ms) ? { ...current, opted_out: true } : current;
  };
}

// Returns when the identity or the consent last changed.
const changedAt = (record: StoredRecord) => Math.max(record.identity_ms ?? 0, record.opt_ms ?? 0);

/**
 * Removes the record if mixpanel-browser's, which was written too, is gone: sites that keep the visitor there may remove that one alone, and expect
 * a new visitor. Only the entry throughline/mixpanel needs it.
 */
export function removeOrphanedRecord(token: string, config: Config): void {
  const key = recordKey(token, config.persistence_name);
  if (parseRecord(read(key))?.mp && !readMixpanelRecord(token, config)) remove(key);
}

// Converts mixpanel-browser's record, in which super properties are beside its own. identity/record_mixpanel.go has the same rule.
function parseMixpanelRecord(text: string): StoredRecord | undefined {
  const { $device_id, $user_id, __alias, distinct_id, ...props } = (parseRecord(text) ?? {}) as Record<string, string>;
  for (const name of Object.keys(props)) if (/^(__|\$had_persisted)/.test(name)) delete props[name];
  if (distinct_id) return { distinct_id, device_id: $device_id, user_id: $user_id, alias: __alias, props };
}

// Returns the record if it has a distinct_id. mixpanel-browser stores an id that was passed as a number as a number.
function parseRecord(text: string): StoredRecord | undefined {
  return attempt(() => {
    const record = parse(text) as StoredRecord;
    const id: unknown = record.distinct_id;
    if (typeof id === 'string' || typeof id === 'number') return { ...record, distinct_id: `${id}` };
  });
}
