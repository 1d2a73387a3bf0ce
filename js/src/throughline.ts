// The public methods. What a call means is for Go to say.

import { Method } from './border.js';
import { defaults, type Shim } from './shim.js';
import type { Tracker } from './tracker.js';
import type { Config, Instance, Throughline } from './types.js';
import { guard } from './warn.js';

// Methods that pass on what they are given, in the order of Method.
const commands =
  'track alias identify reset register register_once unregister time_event opt_out_tracking opt_in_tracking'.split(' ');

/** Makes `target` the library: a module's default export, or the snippet's stand-in, which pages may have kept. */
export function createThroughline(shim: Shim, target: Record<string, unknown> = {}): Throughline {
  const { trackers } = shim;
  const library = createTracker('', target).api as Throughline;
  Object.defineProperty(target, 'ready', { get: shim.up });
  library.init = (token, config = {}, name = '') => {
    const there = target[name] as Instance | undefined;
    const taken = there && !there.track; // A method, or `ready`: no instance, nor its stand-in.
    const tracker =
      trackers.find(({ called }) => called === name) ??
      createTracker(name, !there || taken ? {} : (there as unknown as Record<string, unknown>));
    const { api } = tracker;
    if (tracker.record && tracker.token === token) api.set_config(config);
    else shim.open(tracker, token, config);
    if (taken) shim.make(tracker, Method.Warn, ['name_taken', name]);
    else if (name) target[name] = api;
    return api;
  };
  return library;

  function createTracker(name: string, methods: Record<string, unknown>): Tracker {
    const api = unknownTold(methods) as Instance;
    const tracker: Tracker = { called: name, before: [], api, config: { ...defaults } };
    trackers.push(tracker);
    commands.forEach((command, index) => {
      methods[command] = (...args: unknown[]) => {
        const done = args.at(-1);
        shim.make(tracker, index + 1, args.slice(0, 2), command); // Go takes no more.
        if (typeof done === 'function') setTimeout(guard, 0, done); // Mixpanel's callback: the event is safe by then.
      };
    });
    Object.assign(methods, {
      set_config(config: Config) {
        Object.assign(tracker.config, config);
        shim.make(tracker, Method.Configure, [config], 'set_config');
      },
      get_config: (option?: keyof Config) => (option ? tracker.config[option] : tracker.config),
      // While one of these calls waits, only Go knows the answer.
      get_distinct_id: () => shim.ask(tracker, Method.GetDistinctID, 'distinct_id', Method.Alias, Method.Reset),
      get_property: (property: string) =>
        shim.ask(tracker, Method.GetProperty, property, Method.Alias, Method.Unregister),
      has_opted_out_tracking: () => !!shim.ask(tracker, Method.HasOptedOut, 'opted_out', Method.OptOut, Method.OptIn),
      flush: () => shim.flush(tracker),
    });
    return tracker;

    // A method we do not have warns, where the page would see an exception. Tests with `in` still tell the truth.
    function unknownTold(api: object, path = ''): object {
      return new Proxy(api, {
        get(there, key) {
          const method = String(key);
          if (key in there || !/^(?!then$)[a-z_]{3,}$/.test(method)) return there[key as keyof typeof there];
          return unknownTold(
            () => shim.make(tracker, Method.UnknownMethod, [path + method], method),
            `${path + method}.`,
          );
        },
      });
    }
  }
}
