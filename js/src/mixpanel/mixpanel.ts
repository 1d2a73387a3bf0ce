// Mixpanel's library object: the default tracker, and init, which makes others.

import { attempt } from '../attempt.js';
import { Method } from '../border.js';
import { optionsOf } from '../options.js';
import { removeOrphanedRecord } from '../record.js';
import type { Shim } from '../shim.js';
import type { Warning } from '../types.js';
import { throwOrLog } from '../warn.js';
import { defaults } from './defaults.js';
import { Hooks } from './hooks.js';
import { addMethods, type MixpanelTracker, makeCalls, sendHookOf } from './instance.js';
import { takeRecordedCalls } from './snippet.js';
import type { OverridedMixpanel } from './types.js';

const primaryName = 'mixpanel';

type Members = Record<string, unknown>;

/**
 * Makes `target` mixpanel-browser's library object, over the shim that all copies of this library on the page share. `target` is the object that
 * Mixpanel's snippet has put at window.mixpanel, which the page may have kept a reference to, or a new one.
 */
export function createMixpanel(shim: Shim, target: Members = {}): OverridedMixpanel {
  const { host, trackers } = shim;
  const known = new Map<string, MixpanelTracker>();
  // Other copies and entries of the library on the page have trackers of the same names, so that these get a prefix.
  const prefix = trackers[0] ? `${trackers.length}:` : '';

  const create = (name: string, api: Members): MixpanelTracker => {
    const { ofPeople, others } = takeRecordedCalls(api);
    const tracker = {
      recordedCalls: [
        ...ofPeople.map((call) => () => makeCalls(api.people as object, call)),
        ...others.map((call) => () => (api.push as (call: unknown) => void)(call)),
      ],
      instanceName: prefix + name,
      name,
      shownName: name ? `${primaryName}.${name}` : primaryName,
      callsBeforeInit: [],
      api,
      config: { ...defaults, mixpanel: true },
      hooks: new Hooks(api),
    } as unknown as MixpanelTracker;
    trackers.push(tracker);
    known.set(tracker.instanceName, tracker);
    addMethods(shim, tracker, api);
    return tracker;
  };

  const open = (tracker: MixpanelTracker, token: unknown, config: unknown) => {
    const options = optionsOf(config) as Members;
    const ofMixpanel = /\.mixpanel\.com/.test(`${options.api_host ?? defaults.api_host}`);
    const all: Members = {
      ...defaults,
      ...(ofMixpanel && { api_payload_format: 'json' }),
      ...options,
      name: tracker.name || primaryName,
      token,
      mixpanel: true,
    };
    tracker.mustWait = () =>
      tracker.hooks.has('before_send_events') ||
      // Go knows these addresses.
      [options.api_hosts, options.api_extra_query_params].some(Boolean);
    const { error_reporter } = options;
    if (typeof error_reporter === 'function')
      all.warnings ??= ({ what, mend }: Warning) => error_reporter(`${what} ${mend}`, new Error(what));
    all.persistence_name ||= all.cookie_name;
    all.disable_persistence ||= all.disable_cookie;
    // Other scripts test for these two to see whether Mixpanel is there.
    const show = (name: string, value: unknown) => {
      (tracker.api as unknown as Members)[name] = value;
    };
    show('__loaded', true);
    show('config', all);
    attempt(() => removeOrphanedRecord(`${token ?? ''}`, all));
    attempt(() => shim.open(tracker, `${token ?? ''}`, all), throwOrLog);
    if (tracker.record) show('config', tracker.config);
    for (const recorded of tracker.recordedCalls.splice(0)) attempt(recorded, throwOrLog);
  };

  const { beforeSend, now } = host;
  // Read at each call, because tests replace the clock. Elsewhere this library uses the clock that was there when it was loaded.
  host.now = () => {
    const time: unknown = attempt(() => window.Date.now());
    return typeof time === 'number' && time >= 0 ? time : now();
  };
  host.beforeSend = (to, endpoint) => {
    const tracker = known.get(to);
    return tracker ? sendHookOf(tracker, endpoint) : beforeSend?.(to, endpoint); // Of another copy of this entry.
  };

  const primary = create('', target);
  target.init = (token: unknown, config?: unknown, givenName?: unknown) => {
    const name = typeof givenName === 'string' && givenName !== primaryName ? givenName : '';
    if (!name) {
      if (!primary.record) open(primary, token, config);
      return givenName === primaryName ? target : undefined;
    }
    const opened = known.get(prefix + name);
    if (opened) return opened.api;
    const existing = target[name];
    const tracker = create(name, Array.isArray(existing) ? (existing as unknown as Members) : {});
    const isNameTaken = existing && !Array.isArray(existing);
    if (!isNameTaken) target[name] = tracker.api;
    open(tracker, token, config);
    if (isNameTaken) shim.dispatch(tracker, Method.Warn, ['name_taken', name]);
    return tracker.api;
  };
  Object.defineProperty(target, 'ready', { get: shim.whenReady });
  return target as unknown as OverridedMixpanel;
}
