// A call as data: what the page shows as code and what it runs are made of the same thing.

/**
 * One call. `on` is the instance ('throughline', 'throughline.phone'), `method` and `args` what is called; with `waits` it is
 * awaited.
 */
export function call(on, method, ...args) {
  return { on, method, args, waits: method === 'flush' };
}

/** A value that the code names rather than spells out, such as location.origin. */
export class Named {
  constructor(name, value) {
    this.name = name;
    this.value = value;
  }
}

/** The call as a line of JavaScript: what comes before the method, the method, what comes after. */
export function codeOf({ on, method, args, waits }) {
  return [`${waits ? 'await ' : ''}${on}.`, method, `(${args.map(literal).join(', ')})`];
}

/** Makes the call, in a window that has the library. */
export async function run({ on, method, args, waits }, page = window) {
  const instance = instanceOf(on, page);
  const result = instance[method](...args.map(plain));
  if (waits) await result;
}

/** The instance that a name such as 'throughline.phone' means in a window. */
export function instanceOf(on, page = window) {
  return on.split('.').reduce((object, name) => object?.[name], page);
}

function literal(value) {
  if (value instanceof Named) return value.name;
  if (typeof value === 'string') return `'${value.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
  if (typeof value !== 'object') return String(value);
  return `{ ${Object.entries(value)
    .map(([name, member]) => `${name}: ${literal(member)}`)
    .join(', ')} }`;
}

function plain(value) {
  if (value instanceof Named) return value.value;
  if (typeof value !== 'object') return value;
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, plain(member)]));
}
