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

/**
 * The first value, since this was last emptied, that JSON cannot say: its place, such as `cart.items`, and its kind. Nearly no call has
 * one, and none pays for it.
 */
export const odd: string[] = [];

// What is left of the bounds, of the value that is looked at.
let members: number;
let text: number;

type Members = Record<PropertyKey, unknown>;

/**
 * A value as JSON text. What JSON cannot say is said as well as it can be: a BigInt as its digits, a Map as an object, other collections
 * as lists, an error as its text. Of elements, events, windows and the like only the kind is said, such as `[HTMLDivElement]`; functions
 * and symbols are left out; what lies beyond the bounds is `[Too large]`. Those are noted in `odd`. Never throws.
 */
export function serialise(value: unknown): string {
  members = maxAll;
  text = maxText;
  try {
    if (!bent() && isPlain(value, 0)) {
      const json = stringify(value);
      if (json.length < maxText) return json;
    }
  } catch {
    // A getter threw.
  }
  return attempt(() => write(value)) || 'null';
}

// Whether the page gave all objects or all arrays a toJSON.
const bent = () => (prototype as Members).toJSON || (Array.prototype as unknown as Members).toJSON;

/** Whether JSON.stringify says all of a value in about as many steps as it takes here: there is no cycle and no class in it. */
function isPlain(value: unknown, depth: number): boolean {
  if (--members < 0) return false;
  const type = typeof value;
  if (type === 'string') {
    text -= (value as string).length;
    return text > 0;
  }
  if (type === 'number' || type === 'boolean' || value == null) return true;
  if (type !== 'object' || depth > maxDepth) return false;
  if (Array.isArray(value)) {
    for (let i = 0; i < value.length; i++) if (!isPlain(value[i], depth + 1)) return false;
    return true;
  }
  const above = getPrototypeOf(value);
  if (above && above !== prototype) return false;
  for (const name in value) if (!isPlain((value as Members)[name], depth + 1)) return false;
  return true;
}

/** Writes any value. */
function write(value: unknown): string | undefined {
  const written = new Map<unknown, string | undefined>(); // Undefined while the object is being written.
  let inAll = maxAll;
  members = maxMembers;
  text = maxText;
  return part(() => value, '', 0);

  function note(kind: string, path: string): string {
    if (path) odd[0] ??= `${path.slice(0, 99)} (${kind})`;
    return `"[${kind}]"`;
  }

  // Reading a value may throw, and so may all that is done with it. What lies beyond the bound of members is left out.
  function part(read: () => unknown, path: string, depth: number): string | undefined {
    return attempt(
      () => {
        const value = read();
        const type = typeof value;
        let found = written.get(value);
        if (--members < 0) return void note('Too large', path);
        if (type === 'string' && (value as string).length > text) return note('Too large', path); // Even to escape it takes long.
        if (type === 'bigint') found = `"${value}"`;
        else if (type === 'function' || type === 'symbol') note(type, path);
        else if (type !== 'object' || value === null) found = stringify(value);
        else if (!found) {
          if (written.has(value)) return note('Circular', path);
          if (depth > maxDepth) return note('Too large', path);
          written.set(value, found);
          found = contents(value as Members, path, depth + 1);
          written.set(value, found);
          return found;
        } else members -= found.length >> 4; // Where many objects share many, what is written grows fast.
        if (found && found.length > text) return note('Too large', path);
        text -= found?.length ?? 0;
        return found;
      },
      () => note('Unreadable', path),
    );
  }

  function contents(object: Members, path: string, depth: number): string | undefined {
    const kind = kindOf(object);
    const { toJSON } = object;
    const inside = (read: () => unknown) => part(read, path, depth);
    const list = (items: Iterable<unknown>) => {
      const all: string[] = [];
      for (const item of items) {
        all.push(inside(() => item) ?? 'null');
        if (members < 0) break;
      }
      return `[${all}]`;
    };
    if (/Array$/.test(kind)) return list(object as never); // Typed ones too: as text they are millions of digits.
    if (kind === 'Date') return inside(() => attempt(() => (object as unknown as Date).toISOString()) ?? null);
    if (typeof toJSON === 'function' && toJSON !== (prototype as Members).toJSON) {
      const json: unknown = toJSON.call(object);
      if (json !== object) return inside(() => json);
    }
    const map = kind === 'Map' && (object as unknown as Map<unknown, unknown>);
    // React's and jQuery's events, and React's elements, look like plain objects and lead to all of the page.
    const { nativeEvent = object.originalEvent } = object;
    if (/Event$/.test(kindOf(nativeEvent)) || '$$typeof' in object) return note('Event', path);
    const all: string[] = [];
    for (const key of map ? map.keys() : kind === 'Object' ? Object.keys(object) : []) {
      const name = String(key);
      const place = path ? `${path}.${name}` : name;
      if (!path) members = Math.min(maxMembers, inAll);
      const before = members;
      const member = part(() => (map ? map.get(key) : object[name]), place, depth);
      if (before < 1) break;
      if (!path) inAll -= before - Math.max(members, 0);
      if (name.length > text) note('Too large', place);
      else if (member) {
        text -= name.length;
        all.push(`${stringify(name)}:${member}`);
      }
    }
    // Of a class without members of its own, nobody knows what it holds.
    const iterable = Symbol.iterator in object;
    const above = getPrototypeOf(object);
    if (all[0] || map || (kind === 'Object' && !iterable && (!above || !getPrototypeOf(above)))) return `{${all}}`;
    // Some elements are lists of their parts; and an iterator can be read only once, which is for the page to do.
    if ('nodeType' in object || 'next' in object) return note(kind, path);
    const words = `${object}`; // Of an error, or of a search.
    if (words[0] !== '[') return inside(() => words);
    return iterable ? list(object as never) : note(kind, path);
  }
}

function kindOf(value: unknown): string {
  return tag.call(value).slice(8, -1).replace(/\W/g, ' ');
}
