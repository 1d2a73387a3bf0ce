// The public methods. What a call means is for Go to say.

import { attempt } from './attempt.js';
import { Method } from './border.js';
import { optionsOf } from './options.js';
import { defaults, type Shim } from './shim.js';
import type { Tracker } from './tracker.js';
import type { Config, Instance, Throughline } from './types.js';
import { complain, guard } from './warn.js';

// Methods that pass on what they are given, in the order of Method, each with the number of its arguments. What comes beyond is not looked
// at: in React, onClick={throughline.reset} passes an event that leads to the whole page.
const commands =
  'track2 alias2 identify1 reset0 register1 register_once2 unregister1 time_event1 opt_out_tracking0 opt_in_tracking0'.split(
    ' ',
  );

// What a page that calls a method of ours by a wrong name has written. Frameworks and consoles ask objects for other names, and so do
// `await` (then), lists (length) and stores (subscribe).
const methodName = /^(?!then$|length$|subscribe$)[a-z]{3,}(_[a-z]+)*$/;

/** Makes `target` the library: a module's default export, or the snippet's stand-in, which pages may have kept. */
export function createThroughline(shim: Shim, target: Record<string, unknown> = {}): Throughline {
  const { trackers } = shim;
  // Another copy of the library on the page has trackers of its own behind the same shim.
  const prefix = trackers[0] ? `${trackers.length}:` : '';
  const library = createTracker(prefix, target).api as Throughline;
  Object.defineProperty(target, 'ready', { get: shim.up });
  library.init = (token: unknown, config?: unknown, named?: unknown) => {
    const name = typeof named === 'string' ? named : '';
    const there = target[name] as Instance | undefined;
    const taken = there && !there.track; // A method, or `ready`: no instance, nor its stand-in.
    const tracker =
      trackers.find(({ called }) => called === prefix + name) ??
      createTracker(prefix + name, !there || taken ? {} : (there as unknown as Record<string, unknown>));
    const { api } = tracker;
    const text = typeof token === 'string' || typeof token === 'number' ? `${token}` : '';
    const options = optionsOf(config);
    // Whatever fails, the page goes on with what init returns.
    attempt(() => {
      if (tracker.record && tracker.token === text) api.set_config(options);
      else shim.open(tracker, text, options);
      if (taken) shim.make(tracker, Method.Warn, ['name_taken', name]);
      else if (name) target[name] = api;
    }, complain);
    return api;
  };
  return library;

  function createTracker(called: string, methods: Record<string, unknown>): Tracker {
    const api = answering(methods, (name) =>
      answering(unknown(name), (member) => unknown(`${name}.${member}`)),
    ) as Instance;
    const tracker: Tracker = { called, before: [], api, config: { ...defaults } };
    trackers.push(tracker);
    commands.forEach((command, index) => {
      const arity = +command.slice(-1);
      const name = command.slice(0, -1);
      methods[name] = (...args: unknown[]) => {
        try {
          const done = args[args.length - 1];
          if (typeof done === 'function') setTimeout(guard, 0, done); // Mixpanel's callback: the event is safe by then.
          shim.make(tracker, index + 1, args.slice(0, arity), name);
        } catch (error) {
          complain(error);
        }
      };
    });
    const others = {
      set_config(config: unknown) {
        const options = optionsOf(config);
        Object.assign(tracker.config, options);
        shim.make(tracker, Method.Configure, [options], 'set_config');
      },
      get_config: (option?: keyof Config) => (option ? tracker.config[option] : { ...tracker.config }),
      // While one of these calls waits, only Go knows the answer.
      get_distinct_id: () => shim.ask(tracker, Method.GetDistinctID, 'distinct_id', Method.Alias, Method.Reset),
      get_property: (property: unknown) =>
        shim.ask(tracker, Method.GetProperty, attempt(() => `${property}`) ?? '', Method.Alias, Method.Unregister),
      has_opted_out_tracking: () => !!shim.ask(tracker, Method.HasOptedOut, 'opted_out', Method.OptOut, Method.OptIn),
      flush: () => shim.flush(tracker),
    };
    for (const [name, method] of Object.entries(others)) methods[name] = safe(method as typeof others.flush);
    return tracker;

    function unknown(name: string): () => void {
      return safe(() => shim.make(tracker, Method.UnknownMethod, [name], name));
    }
  }
}

// A method that we do not have warns, where the page would see an exception. Tests with `in` still tell the truth.
function answering(api: object, other: (name: string) => object): object {
  return new Proxy(api, {
    get: (there, key) =>
      key in there || !methodName.test(String(key)) ? there[key as keyof typeof there] : other(key as string),
  });
}

// No exception reaches the page, whatever it passed or replaced: only a warning that it asked to have thrown.
function safe<Args extends unknown[], Result>(method: (...args: Args) => Result): (...args: Args) => Result {
  return (...args) => attempt(() => method(...args), complain) as Result;
}
