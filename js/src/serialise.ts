/**
 * The arguments of a call as JSON text, stringified once. What JSON cannot say is said as well as it can be: a BigInt as its
 * digits, a cycle as '[Circular]', a getter that throws as '[Unreadable]'. Never throws.
 */
export function serialise(args: readonly unknown[]): string {
  try {
    return JSON.stringify(args);
  } catch {
    return JSON.stringify(plain(() => args, []));
  }
}

function plain(read: () => unknown, above: readonly unknown[]): unknown {
  try {
    const value = read();
    if (typeof value === 'bigint') return String(value);
    if (typeof value !== 'object' || !value) return value;
    if (above.includes(value)) return '[Circular]';
    const within = [...above, value];
    if ('toJSON' in value && typeof value.toJSON === 'function') return plain(value.toJSON.bind(value), within);
    const copy: Record<string, unknown> = Array.isArray(value) ? [] : Object.create(null); // '__proto__' may be a property's name
    for (const name of Object.keys(value)) copy[name] = plain(() => value[name as keyof typeof value], within);
    return copy;
  } catch {
    return '[Unreadable]';
  }
}
