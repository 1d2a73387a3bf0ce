// What a page passes to a method, as JSON text. A page may pass anything: an element, an event of React's, objects that all refer to
// each other. JSON.stringify follows every path through such objects, which takes exponential time, and obeys a toJSON that the page
// gave to all arrays (Prototype 1.6). So it gets plain values only; everything else is walked here, once and within bounds.

import { attempt } from './attempt.js';

// Taken before the page's later scripts can replace them.
export const { parse, stringify } = JSON;
const { getPrototypeOf, prototype } = Object;
const { toString: tag } = prototype;

// Bounds of one argument. The collector takes records of two megabytes.
const maxDepth = 20;
const maxAll = 15_000; // Members.
const maxMembers = 3_000; // Within one property: what it holds too much of costs itself, not its neighbours.
const maxText = 1 << 20; // Characters.

/** Hears of a value that JSON cannot say: its place, such as `cart.items`, and its kind. */
export type Report = (path: string, kind: string) => void;

/** What is left of the bounds. */
type Budget = [members: number, text: number];

type Members = Record<PropertyKey, unknown>;

/**
 * A value as JSON text. What JSON cannot say is said as well as it can be: a BigInt as its digits, a Map as an object, other collections
 * as lists, an error as its text. Of elements, events, windows and the like only the kind is said, such as `[HTMLDivElement]`; functions
 * and symbols are left out; what lies beyond the bounds is `[Too large]`. Those are reported. Never throws.
 */
export function serialise(value: unknown, report?: Report): string {
  try {
    if (typeof value === 'string' || (!bent() && isPlain(value, [maxAll, maxText], 0))) {
      const text = stringify(value);
      if (text.length < maxText) return text;
    }
  } catch {
    // A getter threw.
  }
  return attempt(() => write(value, report)) || 'null';
}

// Whether the page gave all objects or all arrays a toJSON.
const bent = () => (prototype as Members).toJSON || (Array.prototype as unknown as Members).toJSON;

/**
 * Whether JSON.stringify says all of an object in about as many steps as it takes here: there is no cycle and no class in it. Nearly every
 * call has such properties, and most pages make few calls, which run uncompiled: so there is one loop, and no call for each value.
 */
function isPlain(object: unknown, left: Budget, depth: number): boolean {
  if (typeof object !== 'object' || !object || depth > maxDepth) return false;
  if (Array.isArray(object)) {
    for (let i = 0; i < object.length; i++) if (!isPlainValue(object[i], left, depth)) return false;
    return true;
  }
  const above = getPrototypeOf(object);
  if (above && above !== prototype) return false;
  for (const name in object) if (!isPlainValue((object as Members)[name], left, depth)) return false;
  return true;
}

function isPlainValue(value: unknown, left: Budget, depth: number): boolean {
  if (--left[0] < 0) return false;
  const type = typeof value;
  if (type === 'string') {
    left[1] -= (value as string).length;
    return left[1] > 0;
  }
  return type === 'number' || type === 'boolean' || value == null || isPlain(value, left, depth + 1);
}

/** Writes any value. */
function write(value: unknown, report?: Report): string | undefined {
  const left: Budget = [maxMembers, maxText];
  let leftInAll = maxAll;
  const written = new Map<unknown, string | undefined>(); // Undefined while the object is being written.
  return text(() => value, '', 0);

  function kindOnly(kind: string, path: string): string {
    report?.(path, kind);
    return `"[${kind}]"`;
  }

  // Reading a value may throw, and so may all that is done with it. What lies beyond the bound of members is left out.
  function text(read: () => unknown, path: string, depth: number): string | undefined {
    return attempt(
      () => {
        const value = read();
        const type = typeof value;
        let found = written.get(value);
        if (--left[0] < 0) return void report?.(path, 'Too large');
        if (type === 'bigint') found = `"${value}"`;
        else if (type === 'function' || type === 'symbol') report?.(path, type);
        else if (type !== 'object' || value === null) found = stringify(value);
        else if (!found) {
          if (written.has(value)) return kindOnly('Circular', path);
          if (depth > maxDepth) return kindOnly('Too large', path);
          written.set(value, found);
          found = contents(value as Members, path, depth + 1);
          written.set(value, found);
          return found;
        } else left[0] -= found.length >> 4; // Where many objects share many, what is written grows fast.
        if (found && found.length > left[1]) return kindOnly('Too large', path);
        left[1] -= found?.length ?? 0;
        return found;
      },
      () => kindOnly('Unreadable', path),
    );
  }

  function contents(object: Members, path: string, depth: number): string | undefined {
    const kind = kindOf(object);
    const { toJSON } = object;
    const inside = (read: () => unknown) => text(read, path, depth);
    const list = (items: Iterable<unknown>) => {
      const all: string[] = [];
      for (const item of items) {
        all.push(inside(() => item) ?? 'null');
        if (left[0] < 0) break;
      }
      return `[${all}]`;
    };
    if (Array.isArray(object)) return list(object);
    if (kind === 'Date') return inside(() => attempt(() => (object as unknown as Date).toISOString()) ?? null);
    if (typeof toJSON === 'function' && toJSON !== (prototype as Members).toJSON) {
      const json: unknown = toJSON.call(object);
      if (json !== object) return inside(() => json);
    }
    if (kind === 'Map') return inside(() => Object.fromEntries(object as never));
    // React's and jQuery's events, and React's elements, look like plain objects and lead to all of the page.
    const { nativeEvent = object.originalEvent } = object;
    if (/Event$/.test(kindOf(nativeEvent)) || '$$typeof' in object) return kindOnly('Event', path);
    const all: string[] = [];
    for (const name of kind === 'Object' ? Object.keys(object) : []) {
      left[1] -= name.length;
      if (!path) left[0] = Math.min(maxMembers, leftInAll);
      const before = left[0];
      const member = text(() => object[name], path ? `${path}.${name}` : name, depth);
      if (!path) leftInAll -= before - Math.max(left[0], 0);
      if (member) all.push(`${stringify(name)}:${member}`);
    }
    // Of a class without members of its own, nobody knows what it holds.
    const iterable = Symbol.iterator in object;
    const above = getPrototypeOf(object);
    if (all[0] || (kind === 'Object' && !iterable && (!above || !getPrototypeOf(above)))) return `{${all}}`;
    // Some elements are lists of their parts; and an iterator can be read only once, which is for the page to do.
    if ('nodeType' in object || 'next' in object) return kindOnly(kind, path);
    const words = `${object}`; // Of an error, or of a search.
    if (words[0] !== '[') return inside(() => words);
    return iterable ? list(object as never) : kindOnly(kind, path);
  }
}

function kindOf(value: unknown): string {
  return tag.call(value).slice(8, -1).replace(/\W/g, ' ');
}
