// The public methods. Each puts its moment on the call and passes it on; what a call means is for Go to say.

import { type Call, Method } from './border.js';
import { shimWarning } from './failure.js';
import { instances } from './instances.js';
import { stamp } from './page.js';
import { newRecord, storedRecord } from './record.js';
import { serialise } from './serialise.js';
import { flush, ready, send, startWhenLoaded, up, waiting } from './shim.js';
import type { Config, Instance, Throughline, Value } from './types.js';
import { guard, showWarning } from './warn.js';

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
const inBrowser = typeof document === 'object';

// Calls made before their init, by instance: they wait for it.
const early = new Map<string, Call[]>();

/** Makes `target` the library: a global, a module's default export, or the snippet's stand-in, which pages may have kept. */
export function createThroughline(target: object = {}): Throughline {
  const throughline = Object.defineProperty(createInstance('', target), 'ready', { get: ready }) as Throughline;
  const instancesByName = target as Record<string, Instance | undefined>;
  throughline.init = (token, config, name = '') => {
    const there = instancesByName[name];
    const api = name ? createInstance(name, typeof there === 'object' ? there : {}) : library;
    if (inBrowser) init(token, config, name, api);
    if (typeof there === 'function') warn(name, 'name_taken', name);
    else if (name) instancesByName[name] = api;
    return api;
  };
  const library = tellingUnknown('', throughline);
  return library;
}

function init(token: string, config: Config | undefined, name: string, api: Instance): void {
  const known = instances.get(name);
  if (known?.token === token) return api.set_config(config ?? {});
  const space = config?.persistence_name;
  const stored = storedRecord(token, space);
  const record = stored ?? newRecord(token, space);
  if (!known) instances.set(name, { token, config: { ...defaults, ...config }, api, record });
  send(stamp(name, Method.Open, serialise([token, config, stored ? null : record.device_id])));
  for (const call of early.get(name) ?? []) send(call);
  early.delete(name);
  startWhenLoaded();
}

function createInstance(name: string, target: object): Instance {
  const api = target as Record<string, unknown>;
  for (const [command, method] of Object.entries(commands)) {
    api[command] = (...args: unknown[]) => {
      if (!inBrowser) return;
      const done = args.at(-1);
      call(name, command, stamp(name, method, serialise(args)));
      if (typeof done === 'function') setTimeout(() => guard(done as () => void)); // Mixpanel's callback: the event is safe by then.
    };
  }
  api.set_config = (config: Config) => {
    Object.assign(instances.get(name)?.config ?? {}, config);
    call(name, 'set_config', stamp(name, Method.Configure, serialise([config])));
  };
  api.get_config = (option?: keyof Config) => {
    const config = instances.get(name)?.config ?? defaults;
    return option ? config[option] : config;
  };
  api.get_distinct_id = () => ask(name, Method.GetDistinctID, 'distinct_id', identityCalls);
  api.get_property = (property: string) => ask(name, Method.GetProperty, property, propertyCalls);
  api.has_opted_out_tracking = () => !!ask(name, Method.HasOptedOut, 'opted_out', optCalls);
  api.flush = () => (inBrowser ? flush(name) : Promise.resolve(false));
  return name ? tellingUnknown(name, target as Instance) : (target as Instance);
}

function call(name: string, command: string, made: Call): void {
  if (instances.has(name)) send(made);
  else {
    early.set(name, [...(early.get(name) ?? []), made]);
    warn(name, 'not_initialised', command);
  }
}

// While one of these waits, only Go knows what a getter should answer.
const identityCalls = [Method.Alias, Method.Identify, Method.Reset];
const propertyCalls = [...identityCalls, Method.Register, Method.RegisterOnce, Method.Unregister];
const optCalls = [Method.OptIn, Method.OptOut];

function ask(name: string, method: Method, property: string, unless: readonly Method[]): Value {
  const tracker = instances.get(name);
  if (!tracker) return undefined;
  const queue = waiting();
  if (up() && !queue.length) {
    const answer = send(stamp(name, method, serialise([property])));
    return answer ? (JSON.parse(answer) as Value) : undefined;
  }
  if (queue.some((made) => made.to === name && unless.includes(made.method))) {
    warn(name, 'not_ready', `get ${property}`);
    return undefined;
  }
  const { record } = tracker;
  return (record as Record<string, Value>)[property.replace('$', '')] ?? (record.props?.[property] as Value);
}

// A method we do not have warns, where the page would see an exception. Feature tests with `in` still tell the truth.
function tellingUnknown<Api extends object>(name: string, api: Api, path = ''): Api {
  return new Proxy(api, {
    get(target, key) {
      if (key in target || typeof key !== 'string' || key === 'then' || !/^[a-z_]{3,}$/.test(key)) return Reflect.get(target, key);
      const unknown = () => call(name, key, stamp(name, Method.UnknownMethod, serialise([path + key])));
      return tellingUnknown(name, unknown, `${path}${key}.`);
    },
  });
}

function warn(name: string, code: Parameters<typeof shimWarning>[0], subject: string): void {
  showWarning(name, JSON.stringify(shimWarning(code, subject)));
}
