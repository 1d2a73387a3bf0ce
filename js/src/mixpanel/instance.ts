// The methods of one tracker. They take arguments and return values as mixpanel-browser's do; what a call means is decided in Go, except for
// what lives in the page only: hooks, callbacks and disabled events.

import { attempt } from '../attempt.js';
import { Method, type PendingAnswer, type SendHook } from '../border.js';
import { optionsOf } from '../options.js';
import { parse, serialise } from '../serialise.js';
import type { Shim } from '../shim.js';
import type { Tracker } from '../tracker.js';
import { guard, throwOrLog } from '../warn.js';
import { createConsent } from './consent.js';
import { isCrawler } from './crawlers.js';
import { encodeDates } from './dates.js';
import { withoutEffect } from './defaults.js';
import type { Hooks } from './hooks.js';
import { pageViewProperties } from './page-view.js';
import { responseOf } from './responses.js';
import { tabID } from './tab-id.js';

type Methods = Record<string, unknown>;
type Arguments = unknown[];
type Callback = (response: unknown, data?: unknown) => void;

const peopleMethods = 'set set_once unset increment append union remove track_charge clear_charges delete_user'.split(
  ' ',
);
const groupMethods = 'set set_once unset union remove delete'.split(' ');
const flagMethods =
  'are_flags_ready load_flags get_variant get_variant_sync get_variant_value get_variant_value_sync get_all_variants get_all_variants_sync is_enabled is_enabled_sync update_context when_ready'.split(
    ' ',
  );
// The methods that only pass on their arguments, by name.
const namedMethods = 'set_group add_group remove_group'.split(' ');
// The methods of Mixpanel's other products, which do nothing: each with what it returns.
const absentMethods = {
  start_session_recording: undefined,
  stop_session_recording: undefined,
  pause_session_recording: undefined,
  resume_session_recording: undefined,
  get_session_replay_url: null,
};

/** Where the endpoints are in the list of hooks: those of wasm/tracker/delivery.go. */
const sendHooks = ['before_send_events', 'before_send_people', 'before_send_groups', 'before_send_people'];

const isFunction = (value: unknown): value is Callback => typeof value === 'function';
const isObject = (value: unknown): value is object => value === Object(value) && !Array.isArray(value);

/** What createMethods adds to a tracker for the rest of this entry. */
export interface MixpanelTracker extends Tracker {
  hooks: Hooks;
  /** The name that the page gave it, '' for the default one. */
  name: string;
  /** The name that toString shows. */
  shownName: string;
  /** The calls that a snippet has recorded, which init makes. */
  recordedCalls: (() => void)[];
  tabID?: string | null;
  /** What the hooks have made of the record that was sent last, null if they have left it out. */
  sentRecord?: unknown;
}

/** Adds Mixpanel's methods to an object, which becomes the tracker that the page calls. */
export function addMethods(shim: Shim, tracker: MixpanelTracker, api: Methods): void {
  const { hooks } = tracker;
  let areAllDisabled = false;
  let disabledEvents: unknown[] = [];
  const groups = new Map<string, object>();

  const config = () => tracker.config as Methods;
  const getProperty = (name: string) =>
    shim.readProperty(tracker, Method.GetProperty, name, Method.Alias, Method.Unregister);
  const isDisabled = (event: unknown) => areAllDisabled || disabledEvents.includes(event) || isCrawler();

  // Makes a call and returns the message that Go has made of it.
  const call = (method: Method, args: Arguments, name: string): unknown => {
    const answer = shim.dispatch(tracker, method, args, name);
    return answer ? parse(answer) : undefined;
  };

  const respond = (callback: Callback, response: number, message: unknown) =>
    guard(() => callback(config().verbose && response < 1 ? { status: response, error: null } : response, message));

  const answerCallback = (callback: Callback, request: PendingAnswer | undefined, message: unknown) => {
    if (request) request.then((answer) => guard(() => callback(responseOf(answer, !!config().verbose), message)));
    else Promise.resolve(1).then(() => respond(callback, 1, message)); // It is stored, and goes with others.
  };

  // Makes a call by its name. The last function among the arguments is its callback.
  const callByName = (name: string, args: Arguments, bound: Arguments = []): unknown => {
    const callback = args[args.length - 1];
    // As in mixpanel-browser, these are obeyed while the visitor has opted out too.
    const isAlwaysObeyed = /^track_(links|forms)|delete_user$/.test(name);
    if (!isAlwaysObeyed && consent.refuses(name, args)) return;
    tracker.sentRecord = undefined;
    const message = call(Method.Named, [name, ...bound, ...args.map(encodeDates)], name);
    const request = shim.lastRequest();
    const isWaiting = isFunction(callback) && /^people/.test(name) && !getProperty('$identified');
    if (!isWaiting) return finish(callback, request, message);
    respond(callback, -1, message);
    return message;
  };

  // Arranges that the callback hears of a call, and returns the record as it was sent: the page's hooks may have changed it. If they have left it
  // out, that is null, and the callback hears nothing, as with mixpanel-browser.
  const finish = (callback: unknown, request: PendingAnswer | undefined, message: unknown) => {
    const record = request && tracker.sentRecord !== undefined ? tracker.sentRecord : message;
    if (isFunction(callback) && record !== null) answerCallback(callback, request, record);
    return record;
  };

  const track = (...given: Arguments): unknown => {
    const [event, properties, options, callback] = given;
    const then = isFunction(callback) ? callback : isFunction(options) ? options : undefined;
    const requestOptions = isObject(options) && !isFunction(options) ? (options as Methods) : undefined;
    if (consent.refuses('track', given)) return;
    const changed = requestOptions?.skip_hooks ? [event, properties] : hooks.run('before_track', event, properties);
    if (!changed) return;
    if (isDisabled(changed[0])) return void (then && guard(() => then(0)));
    const { send_immediately, transport } = requestOptions ?? {};
    const args = [...changed.slice(0, 2), requestOptions && { send_immediately, transport }];
    tracker.sentRecord = undefined;
    const answer = shim.dispatch(tracker, Method.Track, args, 'track');
    const request = shim.lastRequest();
    const message = answer ? parse(answer) : answer === '' ? undefined : describeEvent(changed[0], changed[1]);
    return finish(then, request, message);
  };

  // Returns what is known of an event before Go runs.
  const describeEvent = (event: unknown, properties: unknown) => ({
    event,
    properties: { ...optionsOf(properties), token: tracker.token, distinct_id: getProperty('distinct_id') },
  });

  const consent = createConsent(shim, tracker, track);

  const runNamed = (hook: string, method: Method, ...args: Arguments) => {
    const changed = hooks.run(hook, ...args);
    if (changed) call(method, changed, hook.slice(7));
  };

  const methods: Methods = {
    track,
    track_with_groups: (event: unknown, properties: unknown, groupsOfEvent: unknown, callback: unknown) => {
      const present = Object.entries(optionsOf(groupsOfEvent)).filter(([, id]) => id !== null);
      return track(event, { ...optionsOf(properties), ...Object.fromEntries(present) }, callback);
    },
    track_pageview: (properties: unknown, options?: { event_name?: unknown }) =>
      track(options?.event_name || '$mp_web_page_view', {
        ...pageViewProperties(),
        ...(isObject(properties) && properties),
      }),
    time_event: (event: unknown) => {
      if (!isDisabled(event)) call(Method.TimeEvent, [event], 'time_event');
    },
    register: (...args: Arguments) => runNamed('before_register', Method.Register, ...args),
    register_once: (...args: Arguments) => runNamed('before_register_once', Method.RegisterOnce, ...args),
    unregister: (...args: Arguments) => runNamed('before_unregister', Method.Unregister, ...args),
    identify(id: unknown) {
      const changed = hooks.run('before_identify', id);
      if (!changed) return -1;
      const isAnonymousID = /^\$device:/.test(`${changed[0]}`) && changed[0] !== getProperty('distinct_id');
      call(Method.Identify, [changed[0]], 'identify');
      return isAnonymousID ? -1 : undefined;
    },
    alias(alias: unknown, original?: unknown) {
      const isCurrent = alias === (original ?? getProperty('distinct_id'));
      const message = call(Method.Alias, [alias, original], 'alias');
      return isCurrent ? -1 : message;
    },
    reset: () => call(Method.Reset, [], 'reset'),
    name_tag: (name: unknown) => call(Method.Register, [{ mp_name_tag: name }], 'name_tag'),
    get_distinct_id: () => shim.readProperty(tracker, Method.GetDistinctID, 'distinct_id', Method.Alias, Method.Reset),
    get_property: (name: unknown) => getProperty(`${name}`),
    get_config: (name: string) => config()[name] ?? withoutEffect[name],
    get_api_host: (type: string) => (config().api_hosts as Methods)?.[type] || config().api_host,
    get_tab_id: () => tracker.tabID ?? null,
    set_config: setConfig,
    add_hook: (name: string, hook: Callback) => hooks.add(name, hook),
    remove_hook: (name: string, hook: Callback) => hooks.remove(name, hook),
    disable(events?: unknown) {
      if (events === undefined) areAllDisabled = true;
      else disabledEvents = disabledEvents.concat(events);
    },
    enable(events?: readonly unknown[]) {
      if (events === undefined) areAllDisabled = false;
      else disabledEvents = disabledEvents.filter((event) => !events.includes(event));
    },
    get_group(key: unknown, id: unknown) {
      const cacheKey = `${key}_${attempt(() => JSON.stringify(id))}`;
      const group = groups.get(cacheKey) ?? members('get_group', groupMethods, [key, id], `.group.${key}.${id}`);
      groups.set(cacheKey, group);
      return group;
    },
    start_batch_senders: () => setConfig({ batch_requests: true, batch_autostart: true }),
    stop_batch_senders: () => setConfig({ batch_requests: false }),
    ...consent.methods,
    get_session_recording_properties: () => ({}),
    flush: () => shim.flush(tracker),
    push: pushCall,
    toString: () => tracker.shownName,
  };
  // The core makes these calls, with the callback, at each click (core/dom-trackers.ts).
  for (const name of ['track_links', 'track_forms'])
    methods[name] = (...args: Arguments) => {
      const answer = shim.dispatch(tracker, Method.Named, [name, ...args], name);
      return answer ? parse(answer) : undefined;
    };
  for (const name of namedMethods) methods[name] = (...args: Arguments) => callByName(name, args);
  for (const [name, result] of Object.entries(absentMethods))
    methods[name] = () => {
      call(Method.Named, [name], name);
      return result;
    };
  for (const [name, method] of Object.entries(methods)) api[name] = withoutThrowing(method as Callback);
  // What some pages read of mixpanel-browser's record.
  const persistence = {
    get props(): object {
      return (getProperty('$mixpanel_record') as object) ?? {};
    },
    properties: () => Object.fromEntries(Object.entries(persistence.props).filter(([name]) => !/^__/.test(name))),
  };
  api.persistence = persistence;
  api.cookie = persistence; // Its older name.
  api.people = members('people', peopleMethods, [], '.people', api.people as object);
  // Mixpanel's feature flags are not supported: what a page asks of them is its own fallback.
  const flags: Methods = {};
  api.flags = flags;
  for (const name of flagMethods)
    flags[name] = withoutThrowing((_flag: unknown, fallback: unknown) => {
      call(Method.Named, [`flags.${name}`], name);
      const value = /all/.test(name) ? new Map() : /^(is|are)/.test(name) ? !!fallback : fallback;
      return /(sync|_ready)$/.test(name) && name !== 'when_ready' ? value : Promise.resolve(value);
    });

  // Reads the hooks and what belongs to the tab, before Go and `loaded` make or cause any call.
  tracker.onOpen = () => {
    const { hooks: given, disable_persistence } = config();
    if (isObject(given)) hooks.configure(given);
    if (!disable_persistence) tracker.tabID = tabID(shim.host, tracker.name || 'mixpanel', `${tracker.token}`);
    consent.start();
  };

  // An object that belongs to the tracker, such as `people`. Calls that a snippet has recorded in an array of that name are made later.
  function members(
    owner: string,
    names: readonly string[],
    bound: Arguments,
    shown: string,
    existing: object = {},
  ): object {
    const object = existing as Methods;
    for (const name of names)
      object[name] = withoutThrowing((...args: Arguments) => callByName(`${owner}.${name}`, args, bound));
    object.toString = () => tracker.shownName + shown;
    return object;
  }

  function setConfig(given: unknown): void {
    const options = optionsOf(given) as Methods;
    Object.assign(tracker.config, options);
    if (isObject(options.hooks)) hooks.configure(options.hooks);
    call(Method.Configure, [options], 'set_config');
  }

  function pushCall(item: unknown): void {
    if (isFunction(item)) (item as () => void).call(api);
    else makeCalls(api, item);
  }
}

/** Makes a call that is given as an array, as snippets record them: a name and its arguments, or an array of such arrays for a chain. */
export function makeCalls(object: object, item: unknown): void {
  let target = object as Methods;
  for (const [name, ...args] of (Array.isArray((item as unknown[])[0]) ? item : [item]) as [string, ...Arguments][])
    target = (target[name] as (...args: Arguments) => Methods)(...args);
}

/** Returns what passes a record through the hooks that see it before it is sent, if there are any. What hooks return may be anything. */
export function sendHookOf(tracker: MixpanelTracker, endpoint: number): SendHook | undefined {
  const name = sendHooks[endpoint] as string;
  if (!tracker.hooks.has(name)) return undefined;
  return (record) => {
    const changed = tracker.hooks.run(name, record)?.[0];
    tracker.sentRecord = changed ?? null;
    return changed == null ? undefined : serialise(changed);
  };
}

function withoutThrowing(method: (...args: never[]) => unknown): (...args: unknown[]) => unknown {
  return (...args) => attempt(() => method(...(args as never[])), throwOrLog);
}
