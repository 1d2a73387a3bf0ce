// The public methods. What a call means is for Go to say.

import { attempt } from './attempt.js';
import { Method } from './border.js';
import { optionsOf } from './options.js';
import { defaults, type Shim } from './shim.js';
import type { Tracker } from './tracker.js';
import type { Config, Instance, Throughline } from './types.js';
import { guard, throwOrLog } from './warn.js';

// Methods that pass on what they are given, in the order of Method, each with the number of its arguments. What comes beyond is not looked
// at: in React, onClick={throughline.reset} passes an event that leads to the whole page.
const commands =
  'track2 alias2 identify1 reset0 register1 register_once2 unregister1 time_event1 opt_out_tracking0 opt_in_tracking0'.split(
    ' ',
  );

// What a page that calls a method of ours by a wrong name has written. Frameworks and consoles ask objects for other names, and so do
// `await` (then), lists (length) and stores (subscribe).
const methodNamePattern = /^(?!then$|length$|subscribe$)[a-z]{3,}(_[a-z]+)*$/;

/** Makes `target` the library: a module's default export, or the snippet's stand-in, which pages may have kept. */
export function createThroughline(shim: Shim, target: Record<string, unknown> = {}): Throughline {
  const { trackers } = shim;
  // Another copy of the library on the page has trackers of its own behind the same shim.
  const prefix = trackers[0] ? `${trackers.length}:` : '';
  const library = createTracker(prefix, target).api as Throughline;
  Object.defineProperty(target, 'ready', { get: shim.whenReady });
  library.init = (token: unknown, config?: unknown, givenName?: unknown) => {
    const name = typeof givenName === 'string' ? givenName : '';
    const existing = target[name] as Instance | undefined;
    const isNameTaken = existing && !existing.track; // A method, or `ready`: no instance, nor its stand-in.
    const tracker =
      trackers.find(({ instanceName }) => instanceName === prefix + name) ??
      createTracker(prefix + name, !existing || isNameTaken ? {} : (existing as unknown as Record<string, unknown>));
    const { api } = tracker;
    const tokenText = typeof token === 'string' || typeof token === 'number' ? `${token}` : '';
    const options = optionsOf(config);
    // Whatever fails, the page goes on with what init returns.
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
          if (typeof callback === 'function') setTimeout(guard, 0, callback); // Mixpanel's callback: the event is safe by then.
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
      // While one of these calls waits, only Go knows the answer.
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

// A method that we do not have warns, where the page would see an exception. Tests with `in` still tell the truth.
function withUnknownMethods(api: object, createUnknownMethod: (name: string) => object): object {
  return new Proxy(api, {
    get: (existing, key) =>
      key in existing || !methodNamePattern.test(String(key))
        ? existing[key as keyof typeof existing]
        : createUnknownMethod(key as string),
  });
}

// No exception reaches the page, whatever it passed or replaced: only a warning that it asked to have thrown.
function withoutThrowing<Args extends unknown[], Result>(method: (...args: Args) => Result): (...args: Args) => Result {
  return (...args) => attempt(() => method(...args), throwOrLog) as Result;
}
