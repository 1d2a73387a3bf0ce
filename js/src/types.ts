// The public types of Throughline. The names are those of mixpanel-browser, so that a site can migrate by changing one import.

import type {
  Callback,
  EventName,
  Events,
  NamedTrackers,
  Properties,
  Sayable,
  SayableValue,
  Track,
  Trackers,
} from './events.js';

export type * from './events.js';

/** A value that an event property can hold: a JSON value, or a Date, which is sent as ISO 8601 text. */
export type Value =
  | string
  | number
  | boolean
  | null
  | undefined
  | Date
  | readonly Value[]
  | { readonly [name: string]: Value };

/** A warning: one misuse of the library, or one failure. */
export interface Warning {
  /** A stable code, such as `alias_after_identify`. */
  code: string;
  /** What happened, in one sentence, including the ids. */
  what: string;
  /** How to fix it, in one sentence. */
  mend: string;
  /** The address of its documentation. */
  link: string;
  /** The instance it happened on: `''` for the default one. */
  instance: string;
}

/**
 * What to do with warnings. `'console'` (the default) prints each code once per page. `'silent'` prints nothing. `'throw'` throws from the
 * call that caused the warning (for tests). A function receives every warning, up to a thousand in one task.
 */
export type WarningsMode = 'console' | 'silent' | 'throw' | ((warning: Warning) => void);

/** The options of `init` and `set_config`. All are optional. */
export interface Config {
  /** Where events go. Default: `https://api-js.mixpanel.com`, Mixpanel itself. */
  api_host?: string | undefined;
  /** Other hosts for events, profiles of people and profiles of groups. */
  api_hosts?: { readonly events?: string; readonly people?: string; readonly groups?: string } | undefined;
  /** The paths after the host, for a proxy on the site's own domain. Default: `track/`, `engage/` and `groups/`. */
  api_routes?: { readonly track?: string; readonly engage?: string; readonly groups?: string } | undefined;
  /** Parameters that are added to the address of each request. */
  api_extra_query_params?: object | undefined;
  /** The maximum number of events in one request. Default 500. */
  batch_size?: number | undefined;
  /** The maximum time between an event and the request that sends it, in milliseconds. Default 500. */
  batch_flush_interval_ms?: number | undefined;
  /** Whether events wait for others, and go together. If false, each goes at once, in a request of its own. Default true. */
  batch_requests?: boolean | undefined;
  /** The domain of the cookies. Default: the widest that the browser allows, or this host alone without `cross_subdomain_cookie`. */
  cookie_domain?: string | undefined;
  /** How long cookies are kept, in days. Default 365; 0: until the browser ends. */
  cookie_expiration?: number | null | undefined;
  /** Cookies are sent in frames on other sites too (`SameSite=None; Secure`). Default false. */
  cross_site_cookie?: boolean | undefined;
  /** All subdomains share the visitor by a cookie. Default true. */
  cross_subdomain_cookie?: boolean | undefined;
  /** Keep everything in memory: nothing is stored, and what was stored is removed. The next page then has a new visitor. Default false. */
  disable_persistence?: boolean | undefined;
  /** Give also warnings about what is usually correct (`identify_without_alias`). Default false. */
  debug?: boolean | undefined;
  /** The event names that your site uses. A name that only resembles one of them gives the warning `event_name_resembles`. */
  event_names?: readonly string[] | undefined;
  /**
   * Record also where the browser asks not to be tracked (Do Not Track, Global Privacy Control). Default false: such visitors count as opted
   * out, whatever they told the site.
   */
  ignore_dnt?: boolean | undefined;
  /** Whether the collector should use the visitor's IP address (Mixpanel's geolocation). Default true. */
  ip?: boolean | undefined;
  /** Called once, with the instance, when the Go core is running. */
  loaded?: ((instance: Instance) => void) | undefined;
  /** Record nothing until `opt_in_tracking`. Default false. */
  opt_out_tracking_by_default?: boolean | undefined;
  /** The beginning of the name under which mixpanel-browser stored an opt-out, if the site changed it. It is read, not written. */
  opt_out_tracking_cookie_prefix?: string | undefined;
  /** The name under which mixpanel-browser stored the visitor, if the site gave it one. It is read, not written. */
  cookie_name?: string | undefined;
  /** Gives this instance its own storage under this name, as if it were another device. */
  persistence_name?: string | undefined;
  /** The names of properties that are never sent. The ids of an event cannot be blocked. */
  property_blocklist?: readonly string[] | undefined;
  /** The same as `property_blocklist`, by its older name. */
  property_blacklist?: readonly string[] | undefined;
  /** Cookies are set on https only. Default false. */
  secure_cookie?: boolean | undefined;
  /** Whether to read utm_* parameters and click ids from the address of the page. Default true. */
  track_marketing?: boolean | undefined;
  /** How long a click or a submission waits for its event to be sent, in milliseconds: `track_links`. Default 300. */
  track_links_timeout?: number | undefined;
  /**
   * Count a page view at `init`. In a single-page app, also whenever the address changes: in any part (`'full-url'`), or leaving out its hash
   * (`'url-with-path-and-query-string'`), or its query too (`'url-with-path'`). Default false.
   */
  track_pageview?: boolean | 'full-url' | 'url-with-path' | 'url-with-path-and-query-string' | undefined;
  /** Marks what is sent as a test, for the server. Default false. */
  test?: boolean | undefined;
  /**
   * The events of your site, with their properties: what is tracked is compared with it where `debug` is true and in the testing kit, and what differs
   * gives the warning `plan_violated`. `throughline-collector plan` writes one from what was tracked so far.
   */
  tracking_plan?: TrackingPlan | undefined;
  /** What to do with warnings. Default `'console'`. */
  warnings?: WarningsMode | undefined;
  /**
   * The address of `throughline.wasm`, if it is not beside the script. If the script itself has no address, because it was pasted into the
   * page or inserted by a tag manager, `throughline.core.js` is loaded from beside this address too.
   */
  wasm_url?: string | undefined;
}

/** A tracking plan: the option `tracking_plan`. Each event is described by a subset of JSON Schema. */
export interface TrackingPlan {
  events: Readonly<Record<string, PlannedEvent>>;
}

/** One event of a tracking plan. */
export interface PlannedEvent {
  description?: string;
  properties?: Readonly<Record<string, PlannedProperty>>;
  /** The properties that each such event has, by itself or as super properties. */
  required?: readonly string[];
  /** Whether properties that the plan does not name are fine. Default false. */
  additionalProperties?: boolean;
}

/** A property of an event of a tracking plan. */
export interface PlannedProperty {
  description?: string;
  /**
   * The type that it has, or one of several: `'string'`, `'number'`, `'integer'`, which is a number too, `'boolean'`, `'array'`, `'object'` or `'null'`.
   * Default: any. They are plain strings here, because those of a JSON file are.
   */
  type?: string | readonly string[];
}

/** One change of a visitor's identity: `history()`. */
export interface IdentityChange {
  /** When it happened, by the browser's clock, as in `2026-01-31T12:00:00.000Z`. */
  time: string;
  /**
   * What happened: a new visitor (`minted`), one whom mixpanel-browser (`adopted`) or an earlier version (`known`) knew, `alias` was sent, the
   * collector has it (`alias_acknowledged`) or refused it (`alias_taken`), `identify`, `reset`, the page emptied localStorage (`storage_emptied`), or
   * another subdomain or library changed who the visitor is (`elsewhere`).
   */
  what:
    | 'minted'
    | 'adopted'
    | 'known'
    | 'alias'
    | 'alias_acknowledged'
    | 'alias_taken'
    | 'identify'
    | 'reset'
    | 'storage_emptied'
    | 'elsewhere';
  /** The distinct_id or the alias that the visitor got by it. */
  id: string;
  /** Whether it happened on this page, and not on an earlier one or in another tab. */
  this_page: boolean;
}

/** What else `opt_out_tracking` does. mixpanel-browser does both unless it is told not to. */
export interface OptOutOptions {
  /** Delete the visitor's profile, if they have one. Default false. */
  delete_user?: boolean;
  /** Forget the visitor too, as `reset` does. Default false. */
  clear_persistence?: boolean;
}

/** What else `opt_in_tracking` does. */
export interface OptInOptions {
  /** Record an event of this name. By default there is none; mixpanel-browser records `$opt_in`. */
  track_event_name?: string;
  /** The properties of that event. */
  track_properties?: Properties;
}

/**
 * The profile of a visitor. Mixpanel has profiles of known persons only: before `identify` or `alias`, updates wait in the visitor's record, also
 * across page loads, and are sent then. `reset` and `opt_out_tracking` forget those that wait. Each method takes a name and a value, or an object
 * of several. A method returns the record that it sends once the Go core runs.
 * All warn: `opted_out`, `bad_properties`, `reserved_property`, `too_many_updates`.
 */
export interface People {
  /** Sets properties. `$os`, `$browser` and `$browser_version` are set too. */
  set<Given>(name: string, value: Given & SayableValue<Given>, callback?: Callback): unknown;
  set<Given extends Properties>(properties: Given & Sayable<Given>, callback?: Callback): unknown;
  /** Sets properties that have no value yet. */
  set_once<Given>(name: string, value: Given & SayableValue<Given>, callback?: Callback): unknown;
  set_once<Given extends Properties>(properties: Given & Sayable<Given>, callback?: Callback): unknown;
  /** Removes properties. */
  unset(names: string | readonly string[], callback?: Callback): unknown;
  /** Adds to numbers, by default 1. Sent again after an unclear answer, it counts twice: Mixpanel recognises no repeated update. */
  increment(name: string, by?: number, callback?: Callback): unknown;
  increment(name: string, callback?: Callback): unknown;
  increment<Given extends object>(
    numbers: Given & { readonly [Name in keyof Given]: number | undefined },
    callback?: Callback,
  ): unknown;
  /** Appends a value to a list. As with `increment`, a repeated update counts twice. */
  append<Given>(list: string, value: Given & SayableValue<Given>, callback?: Callback): unknown;
  append<Given extends Properties>(values: Given & Sayable<Given>, callback?: Callback): unknown;
  /** Adds to a list the values that it does not have yet: one, or several in an array. */
  union<Given>(list: string, values: Given & SayableValue<Given>, callback?: Callback): unknown;
  union<Given extends Properties>(values: Given & Sayable<Given>, callback?: Callback): unknown;
  /** Removes a value from a list. */
  remove<Given>(list: string, value: Given & SayableValue<Given>, callback?: Callback): unknown;
  remove<Given extends Properties>(values: Given & Sayable<Given>, callback?: Callback): unknown;
  /** Does nothing, as in Mixpanel's library today. Warns: `not_supported`. */
  track_charge(amount: number, properties?: unknown, callback?: Callback): void;
  /** Empties the property `$transactions`, in which older versions of Mixpanel's library kept charges. */
  clear_charges(callback?: Callback): unknown;
  /** Deletes the profile. Warns: `not_identified`, if the visitor is not known. */
  delete_user(): unknown;
}

/**
 * The profile of a group, such as a company. Its updates do not wait for identification. The arguments are those of `People`.
 * All warn: `opted_out`, `bad_id`, `bad_properties`, `reserved_property`.
 */
export interface Group {
  /** Sets properties. */
  set<Given>(name: string, value: Given & SayableValue<Given>, callback?: Callback): unknown;
  set<Given extends Properties>(properties: Given & Sayable<Given>, callback?: Callback): unknown;
  /** Sets properties that have no value yet. */
  set_once<Given>(name: string, value: Given & SayableValue<Given>, callback?: Callback): unknown;
  set_once<Given extends Properties>(properties: Given & Sayable<Given>, callback?: Callback): unknown;
  /** Removes properties. */
  unset(names: string | readonly string[], callback?: Callback): unknown;
  /** Adds to a list the values that it does not have yet. */
  union<Given>(list: string, values: Given & SayableValue<Given>, callback?: Callback): unknown;
  union<Given extends Properties>(values: Given & Sayable<Given>, callback?: Callback): unknown;
  /** Removes a value from a list. */
  remove<Given>(list: string, value: Given & SayableValue<Given>, callback?: Callback): unknown;
  remove<Given extends Properties>(values: Given & Sayable<Given>, callback?: Callback): unknown;
  /** Deletes the profile. */
  delete(callback?: Callback): unknown;
}

/** Elements of the page: a CSS selector, an element, or a list of elements such as jQuery's. */
export type ElementQuery = string | Element | ArrayLike<Element>;

/**
 * Called when the event of a click or a submission was sent, or, with `isTimeout`, when that took too long. If it returns false, the link is
 * not followed, or the form not submitted.
 */
export type ElementCallback = (isTimeout: boolean, properties: Record<string, unknown>) => unknown;

/** What identifies a group of a kind: the value of the property that is the group key. */
export type GroupID = string | number | boolean;

/**
 * A tracker: the default one, or one named in `init`. No method throws, unless `warnings` is `'throw'`. `Map` says which events it tracks: those
 * that the site has declared (`Events`), or those of `init<Map>(...)`.
 */
export interface Instance<Map extends object = Events> {
  /** The profile of this visitor. */
  readonly people: People;
  /** Returns the profile of a group, such as `get_group('company', 'acme')`. */
  get_group(key: string, id: GroupID): Group;
  /**
   * Sets the group or groups of a kind that this visitor belongs to: as a super property, an array, and in the visitor's profile.
   * Warns: `opted_out`, `bad_id`, `reserved_property`, and what `register` and `people.set` warn of. While opted out nothing is changed.
   */
  set_group(key: string, ids: GroupID | readonly GroupID[], callback?: Callback): unknown;
  /** Adds a group to those of `set_group`. */
  add_group(key: string, id: GroupID, callback?: Callback): unknown;
  /** Removes a group from those of `set_group`. */
  remove_group(key: string, id: GroupID, callback?: Callback): unknown;
  /** As `track`, with the groups that the event concerns: an object of group keys and ids. */
  readonly track_with_groups: Track<Map, [groups?: object | null, callback?: Callback], unknown>;
  /**
   * Records an event. It is stored before the current task ends, and sent soon after. While the visitor is opted out nothing is recorded.
   * The name may be at most 255 bytes long.
   * Warns: `bad_event_name`, `event_name_cut`, `bad_properties`, `bad_value`, `reserved_property`,
   * `event_name_resembles`, `opted_out`.
   */
  readonly track: Track<Map>;
  /**
   * Records a page view, `$mp_web_page_view` or `event_name`, with the title of the page and the parts of its address.
   * Warns: as `track`.
   */
  track_pageview<Given extends Properties>(
    properties?: (Given & Sayable<Given>) | null,
    options?: { event_name?: string },
  ): unknown;
  /**
   * Records an event at each click on links, with their address as `url`. `query` is a CSS selector, an element or a list of elements. They are
   * looked for once, when the Go core runs and the document has been parsed: later ones are not tracked. With a callback the link is followed
   * when the event was sent, or after `track_links_timeout`, and not at all if the callback returns false.
   * Warns: `no_elements`.
   */
  track_links(
    query: ElementQuery,
    event: EventName<Map>,
    properties?: object | ((link: HTMLAnchorElement) => object | null | undefined) | null,
    callback?: ElementCallback,
  ): boolean | undefined;
  /** As `track_links`, at each submission of forms. */
  track_forms(
    query: ElementQuery,
    event: EventName<Map>,
    properties?: object | ((form: HTMLFormElement) => object | null | undefined) | null,
    callback?: ElementCallback,
  ): boolean | undefined;
  /**
   * Gives this visitor's distinct_id a second name. Call it once, at sign-up, before `identify`.
   * `original` is the distinct_id to name, by default this visitor's own. While the visitor is opted out the alias is only stored, and sent
   * at `opt_in_tracking`. An id is a string, or a number that JavaScript represents exactly (at most 2^53-1).
   * Warns: `bad_id`, `alias_after_identify`, `alias_twice`, `alias_taken`, `alias_is_current`, `alias_is_anonymous_id`.
   */
  alias(alias: string | number, original?: string | number): void;
  /**
   * Sets who this visitor is. Call it at login, and after `alias` at sign-up. If the id is the alias that this device made, the
   * distinct_id does not change. While the visitor is opted out the id is only stored, and sent at `opt_in_tracking` if the visitor is
   * still logged in then.
   * Warns: `bad_id`, `identify_resembles_alias`, `switch_without_reset`, `identify_without_alias` (debug).
   */
  identify(id: string | number): void;
  /**
   * Forgets this visitor and starts a new one. Call it at logout, also if the visitor has opted out: the opt-out stays, and the next
   * visitor who opts in is a new one. Warns: `reset_every_page`.
   */
  reset(): void;
  /**
   * Sends these properties with every later event. Properties can be registered while opted out too.
   * Warns: `bad_properties`, `bad_value`, `reserved_property`, `too_many_properties`.
   */
  register<Given extends Properties>(properties: Given & Sayable<Given>): void;
  /** As `register`, but keeps an existing value unless it is `defaultValue` (by default `'None'`, as in Mixpanel). */
  register_once<Given extends Properties>(properties: Given & Sayable<Given>, defaultValue?: unknown): void;
  /** Removes a super property. */
  unregister(name: string): void;
  /**
   * Starts a timer: the next event of that name gets the property `$duration`, in seconds. An opt-out removes all timers.
   * Warns: `bad_event_name`, `event_name_cut`, `too_many_timers`, `opted_out`.
   */
  time_event(event: EventName<Map>): void;
  /**
   * Returns the distinct_id of this visitor's events. Before the Go core runs it is the stored one or the one created for a new visitor, but
   * undefined, with the warning `not_ready`, while a call waits that may change it. Await `throughline.ready` first for a definite answer.
   */
  get_distinct_id(): string | undefined;
  /** Returns a super property, `distinct_id`, `$device_id`, `$user_id` or `$dropped` (the number of discarded events, by reason). */
  get_property(name: string): Value;
  /**
   * Returns what happened to this visitor's identity, oldest first: the last 20 changes since the visitor began. `reset` begins anew. Undefined before
   * the Go core runs. `console.table(throughline.history())` shows it.
   */
  history(): IdentityChange[] | undefined;
  /** Changes options. Warns: `unknown_option`. */
  set_config(config: Config): void;
  /** Returns one option, or all of them. */
  get_config(): Readonly<Config>;
  get_config<Name extends keyof Config>(name: Name): Config[Name];
  /** Sends all waiting events now. Resolves to true when all were acknowledged, to false when some still wait. Never rejects. */
  flush(): Promise<boolean>;
  /**
   * Stops recording and sending until `opt_in_tracking`. Events that wait are deleted, those of other tabs and earlier pages too. A request
   * that is already on its way cannot be cancelled.
   */
  opt_out_tracking(options?: OptOutOptions): void;
  /**
   * Records and sends again after `opt_out_tracking`. An alias and a login that were only stored meanwhile are sent now, in this order.
   */
  opt_in_tracking(options?: OptInOptions): void;
  /** Makes a call that is given as an array, as snippets record them: a method's name, and its arguments. */
  push(call: readonly [method: string, ...args: unknown[]]): unknown;
  /** Forgets whether the visitor opted out or in, so that the browser's wishes and the site's default count again. */
  clear_opt_in_out_tracking(): void;
  /** Reports whether this visitor has opted out. */
  has_opted_out_tracking(): boolean;
  /** Reports whether this visitor has opted in, here or in mixpanel-browser. Undefined before the Go core runs. */
  has_opted_in_tracking(): boolean | undefined;
}

/** What the library has beside the methods of its default tracker. */
export interface Library<Map extends object = Events> extends Instance<Map> {
  /**
   * Starts a tracker and returns it. With a `name`, it is also available as `throughline[name]`; without, it is `throughline` itself.
   * Calls made before the Go core runs wait in one queue, and keep the time and the insert id that they got when they were made.
   * Two copies of the library on one page, as a script and in a bundle, each have their own instances but share that queue.
   * `init<Map>(...)` returns a tracker that takes the events of that map only.
   * Warns: `bad_token`, `unknown_option`.
   */
  init<OwnMap extends object = Map>(token: string, config?: Config, name?: string): Instance<OwnMap>;
  /**
   * Resolves to true when the Go core runs and has taken every earlier call, or to false when it cannot run (see `core_failed`). Never
   * rejects. After a failure the core is loaded again after a while, so a later read may resolve to true.
   */
  readonly ready: Promise<boolean>;
}

/**
 * What any other name of the library is, as long as the site has not declared its `Trackers`: a named tracker, and no method. TypeScript's message for a
 * misspelt method, such as `throughline.indentify('user-1')`, consists of the name of this type.
 */
export interface NotAMethodButANamedTracker extends Instance {}

/** The library: the default tracker, `init`, and the named trackers as properties (`Trackers`). */
export type Throughline<Map extends object = Events> = Library<Map> &
  NamedTrackers<Trackers, NotAMethodButANamedTracker>;
