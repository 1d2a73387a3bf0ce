// The public types of throughline/mixpanel. Their names are those of mixpanel-browser's types, so that code that imports them still compiles.
// Where mixpanel-browser returns any value, these methods return what the calling code expects (Result).

import type { EventName, Events, LastArguments, NamedTrackers, Track } from '../events.js';

export type { EventArguments, EventName, Events } from '../events.js';

/** The named trackers of your site, if it declares them: `interface Trackers { shop: Mixpanel }`. Any name is accepted until then. */
// biome-ignore lint/suspicious/noEmptyInterface: sites extend it.
export interface Trackers {}

/** Options, of which any may be left out or undefined. */
export type Options<Given> = { [Name in keyof Given]?: Given[Name] | undefined };

/** object, by name. */
export interface Dict {
  [name: string]: unknown;
}

export type Persistence = 'cookie' | 'localStorage';
export type ApiPayloadFormat = 'base64' | 'json';
/** `true` means at load only, `full-url` and `url-with-path-and-query-string` also when that part of the address changes. */
export type TrackPageView = boolean | 'full-url' | 'url-with-path-and-query-string' | 'url-with-path';
/** Elements: by a CSS selector, one, or several. */
export type Query = string | Element | ArrayLike<Element>;
export type XhrHeadersDef = { [header: string]: unknown };

/** What the server answered, if `verbose` is set. */
export type VerboseResponse = { status: 1; error: null } | { status: 0; error: string };
/** 1 if the server has accepted the record or, with `batch_requests`, if the browser has stored it; else 0. */
export type NormalResponse = 1 | 0;
export type Response = VerboseResponse | NormalResponse;
export type Callback = (response: Response) => void;

/** How one event goes. */
export interface RequestOptions {
  /** `sendBeacon` outlives the page. It matters to what is not batched. */
  transport?: 'xhr' | 'sendBeacon' | undefined;
  /** Send now, in a request of its own. */
  send_immediately?: boolean | undefined;
}

/** How a super property is stored. */
export interface RegisterOptions {
  /** Whether a reload keeps it. Default true. */
  persistent: boolean;
}

export interface HasOptedInOutOptions {
  persistence_type: Persistence;
  cookie_prefix: string;
}

export interface ClearOptOutInOutOptions extends HasOptedInOutOptions {
  cookie_expiration: number;
  cross_site_cookie: boolean;
  cross_subdomain_cookie: boolean;
  secure_cookie: boolean;
}

export interface InTrackingOptions extends ClearOptOutInOutOptions {
  /** Called instead of `track` with the name of the event that tells of the opt-in. */
  track: (() => void) | boolean;
  track_event_name: string;
  track_properties: object;
}

export interface OutTrackingOptions extends ClearOptOutInOutOptions {
  /** Delete the visitor's profile. Default true. */
  delete_user: boolean;
  /** Forget the visitor's super properties. Default true. */
  clear_persistence: boolean;
}

/** A record as the hook `before_send_events` gets it. */
export interface BeforeSendHookPayload {
  event: string;
  properties: Dict;
}

/** Functions that see, change or stop what a call passes or what is sent. One that returns null stops it. */
export interface Hooks {
  before_identify?: (new_distinct_id: string) => string | null;
  before_register?: (
    props: Dict,
    days_or_options?: number | Partial<RegisterOptions>,
  ) => Dict | (Dict | number | Partial<RegisterOptions>)[] | null;
  before_register_once?: (
    props: Dict,
    default_value?: unknown,
    days_or_options?: number | Partial<RegisterOptions>,
  ) => Dict | unknown[] | null;
  before_send_events?: (event: BeforeSendHookPayload) => BeforeSendHookPayload | null;
  before_send_people?: (update: Dict) => Dict | null;
  before_send_groups?: (update: Dict) => Dict | null;
  before_track?: (event_name: string, properties: Dict) => string | (string | Dict)[] | null;
  before_unregister?: (
    property: string,
    options?: Partial<RegisterOptions>,
  ) => string | Partial<RegisterOptions> | null;
}

/** The options of init. docs/mixpanel.md says of each what it does here. */
export interface Config {
  api_host: string;
  api_hosts: { events?: string; people?: string; groups?: string };
  api_routes: { track?: string; engage?: string; groups?: string; record?: string; flags?: string; settings?: string };
  api_extra_query_params: object;
  api_method: string;
  api_transport: string;
  api_payload_format: ApiPayloadFormat;
  app_host: string;
  autocapture: boolean | object;
  autotrack: boolean;
  batch_autostart: boolean;
  batch_flush_interval_ms: number;
  batch_request_timeout_ms: number;
  batch_requests: boolean;
  batch_size: number;
  cdn: string;
  cookie_domain: string;
  cookie_expiration: number;
  cookie_name: string;
  cross_site_cookie: boolean;
  cross_subdomain_cookie: boolean;
  debug: boolean;
  disable_cookie: boolean;
  disable_notifications: boolean;
  disable_persistence: boolean;
  error_reporter: (message: string, error?: Error) => void;
  flags: boolean | object;
  hooks: { [Name in keyof Hooks]: Hooks[Name] | readonly NonNullable<Hooks[Name]>[] };
  ignore_dnt: boolean;
  img: boolean;
  inapp_link_new_window: boolean;
  inapp_protocol: string;
  ip: boolean;
  loaded: (mixpanel: Mixpanel) => void;
  mp_loader: string | null;
  opt_out_persistence_by_default: boolean;
  opt_out_tracking_by_default: boolean;
  opt_out_tracking_cookie_prefix: string;
  opt_out_tracking_persistence_type: Persistence;
  persistence: Persistence;
  persistence_name: string;
  property_blacklist: string[];
  record_allowed_iframe_origins: string[];
  record_block_class: string | RegExp;
  record_block_selector: string;
  record_canvas: boolean;
  record_collect_fonts: boolean;
  record_console: boolean;
  record_heatmap_data: boolean;
  record_idle_timeout_ms: number;
  record_inline_images: boolean;
  record_mask_all_inputs: boolean;
  record_mask_all_text: boolean;
  record_mask_input_selector: string | string[];
  record_mask_text_class: string | RegExp;
  record_mask_text_selector: string | string[];
  record_max_ms: number;
  record_min_ms: number;
  record_network: boolean;
  record_network_options: object;
  record_sessions_percent: number;
  record_unmask_input_selector: string | string[];
  record_unmask_text_selector: string | string[];
  recorder_src: string;
  recording_event_triggers: object;
  remote_settings_mode: 'disabled' | 'fallback' | 'strict';
  save_referrer: boolean;
  secure_cookie: boolean;
  skip_first_touch_marketing: boolean;
  stop_utm_persistence: boolean;
  store_google: boolean;
  test: boolean;
  track_links_timeout: number;
  track_marketing: boolean;
  track_pageview: TrackPageView;
  upgrade: boolean;
  verbose: boolean;
  /** What to do with this library's warnings, an option of throughline. */
  warnings: 'console' | 'silent' | 'throw' | ((warning: { code: string; what: string; mend: string }) => void);
  /** The address of throughline.wasm, if it is not beside the script: an option of throughline. */
  wasm_url: string;
  xhr_headers: XhrHeadersDef;
}

/** The visitor's profile. Each method returns the record that it sends. */
export interface People {
  set(prop: string, to: unknown, callback?: Callback): unknown;
  set(prop: object, callback?: Callback): unknown;
  set_once(prop: string, to: unknown, callback?: Callback): unknown;
  set_once(prop: object, callback?: Callback): unknown;
  unset(prop: string | string[], callback?: Callback): unknown;
  increment(prop: string | object, callback?: Callback): unknown;
  increment(prop: string, by: number, callback?: Callback): unknown;
  append(prop: string, value: unknown, callback?: Callback): unknown;
  append(prop: object, callback?: Callback): unknown;
  union(prop: string, value: unknown, callback?: Callback): unknown;
  union(prop: object, callback?: Callback): unknown;
  remove(prop: string, value: unknown, callback?: Callback): unknown;
  remove(prop: object, callback?: Callback): unknown;
  /** Does nothing, as in mixpanel-browser today. */
  track_charge(amount: number, properties?: object | Callback, callback?: Callback): void;
  clear_charges(callback?: Callback): unknown;
  delete_user(): unknown;
}

/** The profile of a group. */
export interface Group {
  set(prop: string, to: unknown, callback?: Callback): unknown;
  set(prop: object, callback?: Callback): unknown;
  set_once(prop: string, to: unknown, callback?: Callback): unknown;
  set_once(prop: object, callback?: Callback): unknown;
  unset(prop: string, callback?: Callback): unknown;
  union(list_name: string, values: unknown, callback?: Callback): unknown;
  remove(list_name: string, value: unknown, callback?: Callback): unknown;
  delete(callback?: Callback): unknown;
}

/** Mixpanel's feature flags, which this library does not have: each method gives the page's own fallback. */
export interface FlagsManager {
  are_flags_ready(): boolean;
  load_flags(): Promise<void>;
  get_variant<Fallback>(name: string, fallback: Fallback): Promise<Fallback>;
  get_variant_sync<Fallback>(name: string, fallback: Fallback): Fallback;
  get_variant_value<Fallback>(name: string, fallback: Fallback): Promise<Fallback>;
  get_variant_value_sync<Fallback>(name: string, fallback: Fallback): Fallback;
  get_all_variants(): Promise<Map<string, never>>;
  get_all_variants_sync(): Map<string, never>;
  is_enabled(name: string, fallback?: boolean): Promise<boolean>;
  is_enabled_sync(name: string, fallback?: boolean): boolean;
  update_context(context: object, options?: object): Promise<void>;
  when_ready(): Promise<void>;
}

/** A call as an array: a method's name and its arguments, or several such arrays, each called on what the one before returned. */
export type PushItem = readonly unknown[] | ((this: Mixpanel) => void);

/**
 * A tracker with mixpanel-browser's methods. No method throws, unless `warnings` is `'throw'`. `Map` says which events it tracks: those that the
 * site has declared (`Events`), or any.
 */
export interface Mixpanel<Map extends object = Events> {
  readonly people: People;
  readonly flags: FlagsManager;
  add_group(group_key: string, group_id: unknown, callback?: Callback): unknown;
  add_hook<Name extends keyof Hooks>(name: Name, hook: NonNullable<Hooks[Name]>): void;
  alias(alias: string, original?: string): unknown;
  clear_opt_in_out_tracking(options?: Partial<ClearOptOutInOutOptions>): void;
  disable(events?: string[]): void;
  enable(events?: string[]): void;
  /** Sends all waiting events now. Resolves to true when all were acknowledged. A method of throughline. */
  flush(): Promise<boolean>;
  get_api_host(endpoint?: string): string;
  get_config<Result>(name: string): Result;
  get_distinct_id(): string;
  get_group(group_key: string, group_id: unknown): Group;
  get_property<Result>(property_name: string): Result;
  get_session_recording_properties(): { $mp_replay_id?: string };
  get_session_replay_url(): string | null;
  get_tab_id(): string | null;
  has_opted_in_tracking(options?: Partial<HasOptedInOutOptions>): boolean;
  has_opted_out_tracking(options?: Partial<HasOptedInOutOptions>): boolean;
  identify(unique_id?: string | number): unknown;
  name_tag(name: string): void;
  opt_in_tracking(options?: Partial<InTrackingOptions>): void;
  opt_out_tracking(options?: Partial<OutTrackingOptions>): void;
  pause_session_recording(): void;
  push(item: PushItem): void;
  register(props: object, days_or_options?: number | Partial<RegisterOptions>): void;
  register_once(props: object, default_value?: unknown, days_or_options?: number | Partial<RegisterOptions>): void;
  remove_group(group_key: string, group_ids: unknown, callback?: Callback): unknown;
  remove_hook<Name extends keyof Hooks>(name: Name, hook: NonNullable<Hooks[Name]>): void;
  reset(): void;
  resume_session_recording(): void;
  set_config(config: Options<Config>): void;
  set_group(group_key: string, group_ids: unknown, callback?: Callback): unknown;
  start_batch_senders(): void;
  start_session_recording(): void;
  stop_batch_senders(): void;
  stop_session_recording(): void;
  time_event(event_name: EventName<Map>): void;
  readonly track: Track<Map, LastArguments<RequestOptions, Callback>, unknown>;
  track_forms(query: Query, event_name: EventName<Map>, properties?: object | ((element: Element) => unknown)): unknown;
  track_links(query: Query, event_name: EventName<Map>, properties?: object | ((element: Element) => unknown)): unknown;
  track_pageview(properties?: object, options?: { event_name?: string | undefined }): unknown;
  readonly track_with_groups: Track<Map, [groups?: object | null, callback?: Callback], unknown>;
  unregister(property: string, options?: Partial<RegisterOptions>): void;
}

/** What the library has beside the methods of its default tracker. */
export interface MixpanelLibrary<Map extends object = Events> extends Mixpanel<Map> {
  /** Makes another tracker, which is then also `mixpanel[name]`. */
  init<OwnMap extends object = Map>(token: string, config: Options<Config>, name: string): Mixpanel<OwnMap>;
  /** Starts the default tracker. A second call does nothing. */
  init(token: string, config?: Options<Config>): undefined;
  /** Resolves to true when the Go core runs and has taken every earlier call, to false when it cannot run. Never rejects. */
  readonly ready: Promise<boolean>;
}

/** As in `throughline`: what any other name is as long as no `Trackers` are declared. A misspelt method's error consists of the name of this type. */
export interface NotAMethodButANamedTracker extends Mixpanel {}

/** The library: the default tracker, `init`, and the named trackers as properties (`Trackers`). */
export type OverridedMixpanel<Map extends object = Events> = MixpanelLibrary<Map> &
  NamedTrackers<Trackers, NotAMethodButANamedTracker>;
