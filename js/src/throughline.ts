// The public methods. They only pass calls on: what a call means is decided in Go.

import { attempt } from './attempt.js';
import { Method } from './border.js';
import { optionsOf } from './options.js';
import { defaults, type Shim } from './shim.js';
import type { Tracker } from './tracker.js';
import type { Config, Instance, Throughline } from './types.js';
import { guard, throwOrLog } from './warn.js';

// The methods that pass on their arguments, in the order of Method, each followed by the number of its arguments. Further arguments are
// ignored: in React, onClick={throughline.reset} passes an event, which refers to the whole page.
const commands =
  'track2 alias2 identify1 reset0 register1 register_once2 unregister1 time_event1 opt_out_tracking0 opt_in_tracking0'.split(
    ' ',
  );

// The names that may be a misspelt method. Other properties are read by frameworks and consoles, by `await` (then), by code that looks for
// arrays (length) and by libraries that look for stores (subscribe).
const methodNamePattern = /^(?!then$|length$|subscribe$)[a-z]{3,}(_[a-z]+)*$/;

/**
 * Makes `target` the library. It is the default export of the module, or the object that the snippet has put at window.throughline, which
 * the page may have kept a reference to.
 */
export function createThroughline(shim: Shim, target: Record<string, unknown> = {}): Throughline {
  const { trackers } = shim;
  // A second copy of the library on the page has its own trackers, but shares the shim: their names get a prefix.
  const prefix = trackers[0] ? `${trackers.length}:` : '';
  const library = createTracker(prefix, target).api as Throughline;
  Object.defineProperty(target, 'ready', { get: shim.whenReady });
  library.init = (token: unknown, config?: unknown, givenName?: unknown) => {
    const name = typeof givenName === 'string' ? givenName : '';
    const existing = target[name] as Instance | undefined;
    const isNameTaken = existing && !existing.track; // It is a method or `ready`, not an instance or an object of the snippet.
    const tracker =
      trackers.find(({ instanceName }) => instanceName === prefix + name) ??
      createTracker(prefix + name, !existing || isNameTaken ? {} : (existing as unknown as Record<string, unknown>));
    const { api } = tracker;
    const tokenText = typeof token === 'string' || typeof token === 'number' ? `${token}` : '';
    const options = optionsOf(config);
    // Whatever fails, init returns an instance, because the page calls its methods next.
    attempt(() => {
      if (tracker.record && tracker.token === tokenText) api.set_config(options);
      else shim.open(tracker, tokenText, options);
      if (isNameTaken) shim.dispatch(tracker, Method.Warn, ['name_taken', name]);
      else if (name) target[name] = api;
    }, throwOrLog);
    return api;
  };
  return library;

  function createTracker(instanceName: string, methods: Record<string, unknown>): Tracker {
    const api = withUnknownMethods(methods, (name) =>
      withUnknownMethods(unknown(name), (member) => unknown(`${name}.${member}`)),
    ) as Instance;
    const tracker: Tracker = { instanceName, callsBeforeInit: [], api, config: { ...defaults } };
    trackers.push(tracker);
    commands.forEach((command, index) => {
      const arity = +command.slice(-1);
      const name = command.slice(0, -1);
      methods[name] = (...args: unknown[]) => {
        try {
          const callback = args[args.length - 1];
          if (typeof callback === 'function') setTimeout(guard, 0, callback); // As in mixpanel-browser. The event is stored by then.
          shim.dispatch(tracker, index + 1, args.slice(0, arity), name);
        } catch (error) {
          throwOrLog(error);
        }
      };
    });
    const others = {
      set_config(config: unknown) {
        const options = optionsOf(config);
        Object.assign(tracker.config, options);
        shim.dispatch(tracker, Method.Configure, [options], 'set_config');
      },
      get_config: (option?: keyof Config) => (option ? tracker.config[option] : { ...tracker.config }),
      // The last two arguments are the range of methods whose waiting calls may change the answer, which then only Go knows.
      get_distinct_id: () =>
        shim.readProperty(tracker, Method.GetDistinctID, 'distinct_id', Method.Alias, Method.Reset),
      get_property: (property: unknown) =>
        shim.readProperty(
          tracker,
          Method.GetProperty,
          attempt(() => `${property}`) ?? '',
          Method.Alias,
          Method.Unregister,
        ),
      has_opted_out_tracking: () =>
        !!shim.readProperty(tracker, Method.HasOptedOut, 'opted_out', Method.OptOut, Method.OptIn),
      flush: () => shim.flush(tracker),
    };
    for (const [name, method] of Object.entries(others)) methods[name] = withoutThrowing(method as typeof others.flush);
    return tracker;

    function unknown(name: string): () => void {
      return withoutThrowing(() => shim.dispatch(tracker, Method.UnknownMethod, [name], name));
    }
  }
}

// Returns an object on which calling an unknown method gives a warning instead of a TypeError. The operator `in` is not affected, so
// pages can still test whether a method exists.
function withUnknownMethods(api: object, createUnknownMethod: (name: string) => object): object {
  return new Proxy(api, {
    get: (existing, key) =>
      key in existing || !methodNamePattern.test(String(key))
        ? existing[key as keyof typeof existing]
        : createUnknownMethod(key as string),
  });
}

// Wraps a method so that no exception reaches the page, whatever it passed or replaced, except a warning of `warnings: 'throw'`.
function withoutThrowing<Args extends unknown[], Result>(method: (...args: Args) => Result): (...args: Args) => Result {
  return (...args) => attempt(() => method(...args), throwOrLog) as Result;
}
