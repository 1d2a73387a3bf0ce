// The public methods. They only pass calls on: what a call means is decided in Go.

import { attempt } from './attempt.js';
import { Method } from './border.js';
import { optionsOf } from './options.js';
import { parse } from './serialise.js';
import { defaults, type Shim } from './shim.js';
import type { Tracker } from './tracker.js';
import type { Config, Instance, Library, Throughline } from './types.js';
import { guard, throwOrLog } from './warn.js';

// The methods that pass on their arguments, in the order of Method, each followed by the number of its arguments. Further arguments are
// ignored: in React, onClick={throughline.reset} passes an event, which refers to the whole page.
const commands =
  'track2 alias2 identify1 reset0 register1 register_once2 unregister1 time_event1 opt_out_tracking1 opt_in_tracking1'.split(
    ' ',
  );

// The names that may be a method, of Mixpanel's or misspelt: verbs of its methods with an underscore, and what begins as one of its other
// names. Every other property is undefined, because pages test for their own trackers (`if (!throughline.shop)`), and because frameworks,
// consoles and `await` read properties of any object.
const methodNamePattern =
  /^((add|clear|get|has|is|name|opt|reg|rem|set|start|stop|time|track|un)[a-z]*_[a-z_]+|(tra|ali|ide|res|regis|unr|flag|flu|hist|peop|disa)[a-z]{1,6})(\.[a-z_]+)*$/;

// The names that may be a method of an object that belongs to a tracker, such as `people`. An object with `then` would be awaited.
const memberNamePattern = /^(?!then$)[a-z_]+$/;

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
  library.init = ((token: unknown, config?: unknown, givenName?: unknown) => {
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
  }) as Library['init'];
  return library;

  function createTracker(instanceName: string, methods: Record<string, unknown>): Tracker {
    const api = withCallsByName(methods, methodNamePattern, (name) => callByName(name)) as Instance;
    const tracker: Tracker = { instanceName, callsBeforeInit: [], api, config: { ...defaults } };
    trackers.push(tracker);
    commands.forEach((command, index) => {
      const arity = +command.slice(-1);
      const name = command.slice(0, -1);
      methods[name] = (...args: unknown[]) => {
        try {
          runCallback(args);
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
      // A call as an array, as snippets queue them.
      push: ([name, ...args]: [keyof Instance]) => (api[name] as (...args: unknown[]) => unknown)(...args),
    };
    for (const [name, method] of Object.entries(others)) methods[name] = withoutThrowing(method as typeof others.flush);
    return tracker;

    // Returns a method that only Go knows, if it exists. Go gets its name and arguments; `bound` are those of the call that returned the object
    // to which it belongs, as in get_group('company', 'acme').set(...).
    function callByName(name: string, bound: readonly unknown[] = []): object {
      const call = withoutThrowing((...args: unknown[]) => {
        if (!/^track_[lf]/.test(name)) runCallback(args); // Not of links and forms: it is called at a click.
        const allArgs = [...bound, ...args];
        const answer = shim.dispatch(tracker, Method.Named, [name, ...allArgs], name);
        // Mixpanel's feature flags are not supported: what a page asks of them is its own fallback.
        if (/^flags/.test(name)) return /(sync|ready)$/.test(name) ? args[1] : Promise.resolve(args[1]);
        if (answer) return parse(answer);
        // A page calls methods of what these return.
        if (/^get_/.test(name)) return membersOf({}, name, allArgs);
      });
      return membersOf(call, name, bound);
    }

    function membersOf(existing: object, name: string, bound: readonly unknown[]): object {
      return withCallsByName(existing, memberNamePattern, (member) => callByName(`${name}.${member}`, bound));
    }
  }
}

// As mixpanel-browser does, for the last argument of any method. What was called is stored by then.
function runCallback(args: readonly unknown[]): void {
  const callback = args[args.length - 1];
  if (typeof callback === 'function') setTimeout(guard, 0, callback);
}

// Returns an object whose methods exist in Go only, or not at all: then the call gives a warning instead of a TypeError. The operator `in` is
// not affected, so pages can still test whether a method exists.
function withCallsByName(existing: object, pattern: RegExp, create: (name: string) => object): object {
  return new Proxy(existing, {
    get: (target, key) =>
      key in target || !pattern.test(String(key)) ? target[key as keyof typeof target] : create(key as string),
  });
}

// Wraps a method so that no exception reaches the page, whatever it passed or replaced, except a warning of `warnings: 'throw'`.
function withoutThrowing<Args extends unknown[], Result>(method: (...args: Args) => Result): (...args: Args) => Result {
  return (...args) => attempt(() => method(...args), throwOrLog) as Result;
}
