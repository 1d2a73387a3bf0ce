// The public types of Throughline. The names are Mixpanel's own, so that changing one import is a migration.

/** A value that an event property can hold: what JSON can say, and Dates, which are sent as ISO 8601 text. */
export type Value =
  | string
  | number
  | boolean
  | null
  | undefined
  | Date
  | readonly Value[]
  | { readonly [name: string]: Value };

/**
 * Properties of an event, or super properties: an object of names and values, be it of an interface, a class or a
 * `Record<string, unknown>`. What is in it is walked once, within bounds: nesting 20 deep, 3,000 members in one property and 15,000 in all,
 * a million characters. What cannot be said (elements, functions, cycles, what is beyond the bounds) gives the warning `bad_value`.
 */
export type Properties = object & { readonly [Symbol.iterator]?: never };

/** Properties, of which none is plainly a function or a symbol. */
export type Sayable<Given> = {
  readonly [Name in keyof Given]: Given[Name] extends ((...args: never[]) => unknown) | symbol ? never : Given[Name];
};

/** One misuse or mishap, as data. */
export interface Warning {
  /** A stable code, such as `alias_after_identify`. */
  code: string;
  /** What happened, in one sentence, with the ids in it. */
  what: string;
  /** How to mend it, in one sentence. */
  mend: string;
  /** Where the documentation explains it. */
  link: string;
  /** The instance it happened on: `''` for the default one. */
  instance: string;
}

/**
 * What to do with warnings. `'console'` (the default) prints each code once a page, `'silent'` prints nothing,
 * `'throw'` throws from the call that caused it (for tests), a function receives every one (of a task's first thousand).
 */
export type WarningsMode = 'console' | 'silent' | 'throw' | ((warning: Warning) => void);

/** The options of `init` and `set_config`. Every one may be left out. */
export interface Config {
  /** Where events go. Default: `https://api-js.mixpanel.com`, Mixpanel itself. */
  api_host?: string;
  /** Most events in one request. Default 500. */
  batch_size?: number;
  /** Milliseconds between an event and the request that carries it, at most. Default 500. */
  batch_flush_interval_ms?: number;
  /** Tell of what is usually fine too (`identify_without_alias`). Default false. */
  debug?: boolean;
  /** The event names that your site uses: a name that only resembles one of them gives a warning. */
  event_names?: readonly string[];
  /** Ask the collector to note the visitor's IP address (Mixpanel's geolocation). Default true. */
  ip?: boolean;
  /** Called once, with the instance, when the Go core runs. */
  loaded?: (instance: Instance) => void;
  /** Set to give this instance a storage of its own, as if it were another device. */
  persistence_name?: string;
  /** Properties that are never sent. The identity of an event cannot be blocked. */
  property_blocklist?: readonly string[];
  /** Take utm_* and click ids from the page's address. Default true. */
  track_marketing?: boolean;
  /** What to do with warnings. Default `'console'`. */
  warnings?: WarningsMode;
  /**
   * Where `throughline.wasm` is, when not beside the script. Where the script itself has no address, because its text was pasted into the
   * page or a tag manager set it, `throughline.core.js` is looked for beside it too.
   */
  wasm_url?: string;
}

/** One tracker: the default one, or one named in `init`. No method ever throws, unless `warnings` is `'throw'`. */
export interface Instance {
  /**
   * Records that something happened. The event is stored before the task that called this ends, and sent soon after.
   * While opted out nothing is recorded. A name is at most 255 bytes long.
   * Warns: `bad_event_name`, `event_name_cut`, `bad_properties`, `bad_value`, `reserved_property`,
   * `event_name_resembles`, `opted_out`.
   */
  track<Given extends Properties>(event: string, properties?: Given & Sayable<Given>): void;
  /**
   * Gives this visitor's distinct_id a second name. Call it once, when somebody signs up, before `identify`.
   * `original` is the distinct_id to name, by default this visitor's own. While opted out it is kept, and told at
   * `opt_in_tracking`. An id is text, or a number that JavaScript has not rounded (at most 2^53-1).
   * Warns: `bad_id`, `alias_after_identify`, `alias_twice`, `alias_taken`, `alias_is_current`, `alias_is_anonymous_id`.
   */
  alias(alias: string | number, original?: string | number): void;
  /**
   * Says who this visitor is. Call it at login, and after `alias` at sign-up. Where the id is the alias that this
   * device made, the distinct_id stays. While opted out only this browser learns of it; if the visitor is still logged
   * in at `opt_in_tracking`, it is told then.
   * Warns: `bad_id`, `identify_resembles_alias`, `switch_without_reset`, `identify_without_alias` (debug).
   */
  identify(id: string | number): void;
  /**
   * Forgets this visitor and starts a new one. Call it at logout, also of a visitor who has opted out: the opt-out stays,
   * and whoever is next opts in as somebody new. Warns: `reset_every_page`.
   */
  reset(): void;
  /**
   * Sends these properties with every later event; those registered while opted out, with the events after
   * `opt_in_tracking`. Warns: `bad_properties`, `bad_value`, `reserved_property`, `too_many_properties`.
   */
  register<Given extends Properties>(properties: Given & Sayable<Given>): void;
  /** As `register`, but keeps a value already there, unless it is `defaultValue` (by default `'None'`, as in Mixpanel). */
  register_once<Given extends Properties>(properties: Given & Sayable<Given>, defaultValue?: Value): void;
  /** Stops sending one super property. */
  unregister(name: string): void;
  /**
   * Starts a clock: the next event of that name carries `$duration`, in seconds. An opt-out stops all clocks.
   * Warns: `bad_event_name`, `event_name_cut`, `too_many_timers`, `opted_out`.
   */
  time_event(event: string): void;
  /**
   * The distinct_id that events carry. Before the Go core runs: the stored one, or the one minted for a new visitor;
   * undefined, with the warning `not_ready`, while an identity call waits. `await throughline.ready` gives certainty.
   */
  get_distinct_id(): string | undefined;
  /** A super property, `distinct_id`, `$device_id`, `$user_id` or `$dropped` (how many events were given up, by reason). */
  get_property(name: string): Value;
  /** Changes options. Warns: `unknown_option`. */
  set_config(config: Config): void;
  /** One option, or all of them. */
  get_config(): Readonly<Config>;
  get_config<Name extends keyof Config>(name: Name): Config[Name];
  /** Sends what waits, now. Resolves to true when all of it was acknowledged, false when it has to wait. Never rejects. */
  flush(): Promise<boolean>;
  /**
   * From now on nothing is recorded or sent, until `opt_in_tracking`. What waits to be sent is deleted, of this page, of
   * other tabs and of earlier pages; a request under way cannot be called back.
   */
  opt_out_tracking(): void;
  /**
   * Records and sends again after `opt_out_tracking`, and tells the collector who the visitor has become meanwhile: an
   * alias first, then a login, each once.
   */
  opt_in_tracking(): void;
  /** Whether this visitor opted out. */
  has_opted_out_tracking(): boolean;
}

/** The library: the default instance, and the way to make others. */
export interface Throughline extends Instance {
  /**
   * Starts a tracker and returns it. With a `name`, it is also `throughline[name]`; without, it is `throughline` itself.
   * Calls made before the Go core runs wait in one queue and keep the time and insert id of the moment they were made.
   * Two copies of the library on one page, as a script and in a bundle, have instances of their own and share that queue.
   * Warns: `bad_token`, `unknown_option`.
   */
  init(token: string, config?: Config, name?: string): Instance;
  /**
   * Resolves when the Go core runs and took every earlier call: true; or when it cannot run: false (see `core_failed`). Never rejects.
   * What could not be loaded is tried again: ask again later.
   */
  readonly ready: Promise<boolean>;
}
