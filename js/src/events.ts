// The types of events: any event by default, or those that a site has declared.

/**
 * The events that your site tracks: their names, and the properties of each. Nothing is declared by default, and any name and any properties
 * are accepted. Declare them once, and `track` accepts only these names, each with its properties:
 *
 * ```ts
 * import 'throughline';
 *
 * declare module 'throughline' {
 *   interface Events {
 *     'Item Viewed': { item: string; price?: number };
 *     'Logged Out': undefined; // Without properties.
 *   }
 * }
 * ```
 *
 * In files without imports, and in CommonJS, declare the global interface `ThroughlineEvents` instead.
 */
export interface Events extends ThroughlineEvents {}

/** The named trackers of your site. As with `Events`, any name is accepted until one is declared: `interface Trackers { shop: Instance }`. */
// biome-ignore lint/suspicious/noEmptyInterface: sites extend it.
export interface Trackers {}

declare global {
  /** The events that your site tracks, declared without a module: as `Events` of throughline. */
  interface ThroughlineEvents {}
}

/** The trackers that are properties of the library: those that are declared, or any name. */
export type NamedTrackers<Declared, Tracker> = [keyof Declared] extends [never]
  ? { readonly [name: string]: Tracker }
  : { readonly [Name in keyof Declared]: Declared[Name] };

/** The names of the declared events, or any text. */
export type EventName<Map extends object = Events> = [keyof Map] extends [never] ? string : keyof Map & string;

/**
 * Properties of an event, or super properties: an object of names and values, such as an object literal, an instance of a class or a
 * `Record<string, unknown>`. The limits are 20 levels, 3,000 members in one property, 15,000 members in all, and a million characters.
 * Values that JSON cannot represent (elements, functions, cycles) or that exceed the limits give the warning `bad_value`.
 */
export type Properties = object & { readonly [Symbol.iterator]?: never };

/** The type of a value that can be sent: `never` for a function and a symbol, so that passing one is a type error. */
export type SayableValue<Given> = Given extends ((...args: never[]) => unknown) | symbol ? never : Given;

/** Properties without functions and symbols. */
export type Sayable<Given> = { readonly [Name in keyof Given]: SayableValue<Given[Name]> };

/** Called, as in mixpanel-browser, when a call was taken: once what was called is stored in the browser. */
export type Callback = (response?: unknown) => void;

/** Mixpanel's options of one event. They change nothing: every event is stored at once, sent soon, and outlives its page. */
export interface RequestOptions {
  transport?: 'xhr' | 'sendBeacon' | undefined;
  send_immediately?: boolean | undefined;
}

/** The last arguments of `track`, which may be a callback, or options and a callback. */
export type LastArguments<Options = RequestOptions, Called = Callback> = [
  optionsOrCallback?: Options | Called | null,
  callback?: Called,
];

/**
 * The arguments of an event that follow its name, by the type of its declared properties. They can be left out if none is required.
 * A function of yours that passes events on has the parameters
 * `<Name extends EventName>(name: Name, ...rest: EventArguments<Events[Name]>)`.
 */
export type EventArguments<Declared, Last extends unknown[] = LastArguments> = [Declared] extends [undefined | null]
  ? [properties?: null, ...last: Last]
  : Partial<Declared> extends Declared
    ? [properties?: Declared | null, ...last: Last]
    : [properties: Declared, ...last: Last];

/** The method `track`, of any events or of those in a map. `Last` are the arguments that follow the properties. */
export type Track<Map extends object, Last extends unknown[] = LastArguments, Result = void> = [keyof Map] extends [
  never,
]
  ? <Given extends Properties>(event: string, properties?: (Given & Sayable<Given>) | null, ...last: Last) => Result
  : <Name extends keyof Map & string>(event: Name, ...rest: EventArguments<Map[Name], Last>) => Result;
