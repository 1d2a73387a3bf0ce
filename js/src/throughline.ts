// The public methods. Each puts its moment on the call and passes it on; what a call means is for Go to say.

import { type Call, Method } from './border.js';
import { newRecord, storedRecord } from './record.js';
import { serialise } from './serialise.js';
import type { Shim } from './shim.js';
import { shimWarning } from './shim-warnings.js';
import type { Config, Instance, Throughline, Value } from './types.js';
import { guard } from './warn.js';

const commands = {
  track: Method.Track,
  alias: Method.Alias,
  identify: Method.Identify,
  reset: Method.Reset,
  register: Method.Register,
  register_once: Method.RegisterOnce,
  unregister: Method.Unregister,
  time_event: Method.TimeEvent,
  opt_out_tracking: Method.OptOut,
  opt_in_tracking: Method.OptIn,
};

const defaults: Config = { api_host: 'https://api-js.mixpanel.com' };

/** Makes `target` the library: a module's default export, or the snippet's stand-in, which pages may have kept. */
export function createThroughline(shim: Shim, target: object = {}): Throughline {
  const { instances, moments, warnings } = shim;
  const early = new Map<string, Call[]>(); // Calls made before their init wait for it.
  const named = target as Record<string, unknown>;
  const inBrowser = typeof document === 'object';

  const library = createInstance(
    '',
    Object.defineProperty(target, 'ready', { get: () => shim.ready() }),
  ) as Throughline;
  library.init = (token, config, name = '') => {
    const there = named[name];
    const api = name ? createInstance(name, typeof there === 'object' ? (there as object) : {}) : library;
    if (typeof there === 'function') warn(name, 'name_taken', name);
    else if (name) named[name] = api;
    if (inBrowser) init(token, config ?? {}, name, api);
    return api;
  };
  return library;

  function init(token: string, config: Config, name: string, api: Instance): void {
    if (instances.get(name)?.token === token) {
      api.set_config(config);
      return;
    }
    const space = config.persistence_name;
    const record = storedRecord(token, space) ?? newRecord(shim, token, space);
    instances.set(name, { token, config: { ...defaults, ...config }, api, record });
    make(name, Method.Open, [token, config, record.minted ? record.device_id : null]);
    for (const call of early.get(name) ?? []) shim.send(call);
    early.delete(name);
    shim.startWhenLoaded();
  }

  function createInstance(name: string, instance: object): Instance {
    const api = instance as Record<string, unknown>;
    for (const [command, method] of Object.entries(commands)) {
      api[command] = (...args: unknown[]) => {
        const done = args.at(-1);
        make(name, method, args, command);
        if (typeof done === 'function') setTimeout(() => guard(done as () => void)); // Mixpanel's callback: the event is safe by then.
      };
    }
    api.set_config = (config: Config) => {
      Object.assign(instances.get(name)?.config ?? {}, config);
      make(name, Method.Configure, [config], 'set_config');
    };
    api.get_config = (option?: keyof Config) => {
      const config = instances.get(name)?.config ?? defaults;
      return option ? config[option] : config;
    };
    // While one of these calls waits, only Go knows the answer.
    api.get_distinct_id = () => ask(name, Method.GetDistinctID, 'distinct_id', Method.Alias, Method.Reset);
    api.get_property = (property: string) => ask(name, Method.GetProperty, property, Method.Alias, Method.Unregister);
    api.has_opted_out_tracking = () => !!ask(name, Method.HasOptedOut, 'opted_out', Method.OptOut, Method.OptIn);
    api.flush = () => (inBrowser ? shim.flush(name) : Promise.resolve(false));
    return tellingUnknown(name, instance as Instance);
  }

  function make(name: string, method: Method, args: readonly unknown[], command = 'init'): void {
    if (!inBrowser) return;
    const call = moments.stamp(name, method, serialise(args));
    if (instances.has(name)) shim.send(call);
    else {
      early.set(name, [...(early.get(name) ?? []), call]);
      warnings.show(name, shimWarning('not_initialised', command));
    }
  }

  function ask(name: string, method: Method, property: string, from: Method, upto: Method): Value {
    const tracker = instances.get(name);
    if (!tracker) return undefined;
    if (shim.up()) {
      const answer = shim.send(moments.stamp(name, method, serialise([property])));
      return answer ? (JSON.parse(answer) as Value) : undefined;
    }
    if (shim.queue.some((call) => call.to === name && call.method >= from && call.method <= upto)) {
      warn(name, 'not_ready', property);
      return undefined;
    }
    const record = tracker.record as Record<string, Value>;
    return record[property.replace('$', '')] ?? (tracker.record.props?.[property] as Value);
  }

  // A method we do not have warns, where the page would see an exception. Tests with `in` still tell the truth.
  function tellingUnknown<Api extends object>(name: string, api: Api, path = ''): Api {
    return new Proxy(api, {
      get(there, key) {
        if (key in there || typeof key !== 'string' || key === 'then' || !/^[a-z_]{3,}$/.test(key))
          return Reflect.get(there, key);
        const unknown = () => make(name, Method.UnknownMethod, [path + key], key);
        return tellingUnknown(name, unknown, `${path}${key}.`);
      },
    });
  }

  // A warning that can wait for Go, which has its text.
  function warn(name: string, code: string, subject: string): void {
    make(name, Method.Warn, [code, subject]);
  }
}
