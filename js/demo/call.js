// Calls of the library as data, so that the code that the page shows is exactly the code that it runs.

/**
 * Creates a call of `method` on an instance, which is named as in code: 'throughline' or 'throughline.phone'. Calls of flush are awaited.
 */
export function call(on, method, ...args) {
  return { on, method, args, isAwaited: method === 'flush' };
}

/** An argument that the code shows as an expression, such as location.origin. */
export class Named {
  constructor(name, value) {
    this.name = name;
    this.value = value;
  }
}

/** Returns the call as a line of JavaScript in three parts: before the method, the method, and after it. */
export function codeOf({ on, method, args, isAwaited }) {
  return [`${isAwaited ? 'await ' : ''}${on}.`, method, `(${args.map(literal).join(', ')})`];
}

/** Makes the call in a window that has loaded the library. */
export async function run({ on, method, args, isAwaited }, page = window) {
  const instance = instanceOf(on, page);
  const result = instance[method](...args.map(resolveValue));
  if (isAwaited) await result;
}

/** Returns the instance with a name such as 'throughline.phone' in a window. */
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

function resolveValue(value) {
  if (value instanceof Named) return value.value;
  if (typeof value !== 'object') return value;
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, resolveValue(member)]));
}
