import { attempt } from './attempt.js';

/**
 * The arguments of a call as JSON text, stringified once. What JSON cannot say is said as well as it can be: a BigInt as its
 * digits, a cycle as '[Circular]', a getter that throws as '[Unreadable]'. Never throws.
 */
export function serialise(args: readonly unknown[]): string {
  return attempt(() => JSON.stringify(args)) ?? JSON.stringify(plain(args, []));
}

// What JSON can say of the value: the whole of it, or else what it can say of each part.
function plain(value: unknown, above: readonly unknown[]): unknown {
  try {
    const text = JSON.stringify(value);
    return text && JSON.parse(text);
  } catch {
    if (typeof value === 'bigint') return `${value}`;
    if (above.includes(value)) return '[Circular]';
    const copy = (Array.isArray(value) ? [] : { __proto__: null }) as Record<string, unknown>; // '__proto__' may be a property's name
    for (const name of Object.keys(value as object)) {
      copy[name] = attempt(
        () => plain((value as typeof copy)[name], [...above, value]),
        () => '[Unreadable]',
      );
    }
    return copy;
  }
}
