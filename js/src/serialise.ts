// What a page passes to a method, as JSON text. A page may pass anything: an element, an event of React's, objects that all refer to
// each other. JSON.stringify follows every path through such objects, which takes exponential time, and obeys a toJSON that the page
// gave to all arrays (Prototype 1.6). So it gets plain values only; everything else is walked here, once and within bounds.

import { attempt } from './attempt.js';

// Taken before the page's later scripts can replace them.
export const { parse, stringify } = JSON;
const { getPrototypeOf, prototype } = Object;
const { toString: objectToString } = prototype;

// Bounds of one argument. The collector takes records of two megabytes.
const maxDepth = 20;
const maxTotalMembers = 15_000; // Members.
const maxPropertyMembers = 3_000; // Within one property: what it holds too much of costs itself, not its neighbours.
const maxCharacters = 1 << 20; // Characters.

/**
 * The first value, since this was last emptied, that JSON cannot say: its place, such as `cart.items`, and its kind. Nearly no call has
 * one, and none pays for it.
 */
export const unsupported: string[] = [];

// What is left of the bounds, of the value that is looked at.
let membersLeft: number;
let charactersLeft: number;

type Members = Record<PropertyKey, unknown>;

/**
 * A value as JSON text. What JSON cannot say is said as well as it can be: a BigInt as its digits, a Map as an object, other collections
 * as lists, an error as its text. Of elements, events, windows and the like only the kind is said, such as `[HTMLDivElement]`; functions
 * and symbols are left out; what lies beyond the bounds is `[Too large]`. Those are noted in `odd`. Never throws.
 */
export function serialise(value: unknown): string {
  membersLeft = maxTotalMembers;
  charactersLeft = maxCharacters;
  try {
    if (!hasInheritedToJSON() && isPlain(value, 0)) {
      const json = stringify(value);
      if (json.length < maxCharacters) return json;
    }
  } catch {
    // A getter threw.
  }
  return attempt(() => write(value)) || 'null';
}

// Whether the page gave all objects or all arrays a toJSON.
const hasInheritedToJSON = () => (prototype as Members).toJSON || (Array.prototype as unknown as Members).toJSON;

/** Whether JSON.stringify says all of a value in about as many steps as it takes here: there is no cycle and no class in it. */
function isPlain(value: unknown, depth: number): boolean {
  if (--membersLeft < 0) return false;
  const type = typeof value;
  if (type === 'string') {
    charactersLeft -= (value as string).length;
    return charactersLeft > 0;
  }
  if (type === 'number' || type === 'boolean' || value == null) return true;
  if (type !== 'object' || depth > maxDepth) return false;
  if (Array.isArray(value)) {
    for (let i = 0; i < value.length; i++) if (!isPlain(value[i], depth + 1)) return false;
    return true;
  }
  const parent = getPrototypeOf(value);
  if (parent && parent !== prototype) return false;
  for (const name in value) if (!isPlain((value as Members)[name], depth + 1)) return false;
  return true;
}

/** Writes any value. */
function write(value: unknown): string | undefined {
  const results = new Map<unknown, string | undefined>(); // Undefined while the object is being written.
  let totalMembersLeft = maxTotalMembers;
  membersLeft = maxPropertyMembers;
  charactersLeft = maxCharacters;
  return writeValue(() => value, '', 0);

  function reportUnsupported(kind: string, path: string): string {
    if (path) unsupported[0] ??= `${path.slice(0, 99)} (${kind})`;
    return `"[${kind}]"`;
  }

  // Reading a value may throw, and so may all that is done with it. What lies beyond the bound of members is left out.
  function writeValue(read: () => unknown, path: string, depth: number): string | undefined {
    return attempt(
      () => {
        const value = read();
        const type = typeof value;
        let json = results.get(value);
        if (--membersLeft < 0) return void reportUnsupported('Too large', path);
        if (type === 'string' && (value as string).length > charactersLeft) return reportUnsupported('Too large', path); // Even to escape it takes long.
        if (type === 'bigint') json = `"${value}"`;
        else if (type === 'function' || type === 'symbol') reportUnsupported(type, path);
        else if (type !== 'object' || value === null) json = stringify(value);
        else if (!json) {
          if (results.has(value)) return reportUnsupported('Circular', path);
          if (depth > maxDepth) return reportUnsupported('Too large', path);
          results.set(value, json);
          json = writeObject(value as Members, path, depth + 1);
          results.set(value, json);
          return json;
        } else membersLeft -= json.length >> 4; // Where many objects share many, what is written grows fast.
        if (json && json.length > charactersLeft) return reportUnsupported('Too large', path);
        charactersLeft -= json?.length ?? 0;
        return json;
      },
      () => reportUnsupported('Unreadable', path),
    );
  }

  function writeObject(object: Members, path: string, depth: number): string | undefined {
    const kind = kindOf(object);
    const { toJSON } = object;
    const writeInner = (read: () => unknown) => writeValue(read, path, depth);
    const writeList = (items: Iterable<unknown>) => {
      const parts: string[] = [];
      for (const item of items) {
        parts.push(writeInner(() => item) ?? 'null');
        if (membersLeft < 0) break;
      }
      return `[${parts}]`;
    };
    if (/Array$/.test(kind)) return writeList(object as never); // Typed ones too: as text they are millions of digits.
    if (kind === 'Date') return writeInner(() => attempt(() => (object as unknown as Date).toISOString()) ?? null);
    if (typeof toJSON === 'function' && toJSON !== (prototype as Members).toJSON) {
      const json: unknown = toJSON.call(object);
      if (json !== object) return writeInner(() => json);
    }
    const map = kind === 'Map' && (object as unknown as Map<unknown, unknown>);
    // React's and jQuery's events, and React's elements, look like plain objects and lead to all of the page.
    const { nativeEvent = object.originalEvent } = object;
    if (/Event$/.test(kindOf(nativeEvent)) || '$$typeof' in object) return reportUnsupported('Event', path);
    const parts: string[] = [];
    for (const key of map ? map.keys() : kind === 'Object' ? Object.keys(object) : []) {
      const name = String(key);
      const memberPath = path ? `${path}.${name}` : name;
      if (!path) membersLeft = Math.min(maxPropertyMembers, totalMembersLeft);
      const callsBeforeInit = membersLeft;
      const member = writeValue(() => (map ? map.get(key) : object[name]), memberPath, depth);
      if (callsBeforeInit < 1) break;
      if (!path) totalMembersLeft -= callsBeforeInit - Math.max(membersLeft, 0);
      if (name.length > charactersLeft) reportUnsupported('Too large', memberPath);
      else if (member) {
        charactersLeft -= name.length;
        parts.push(`${stringify(name)}:${member}`);
      }
    }
    // Of a class without members of its own, nobody knows what it holds.
    const iterable = Symbol.iterator in object;
    const parent = getPrototypeOf(object);
    if (parts[0] || map || (kind === 'Object' && !iterable && (!parent || !getPrototypeOf(parent))))
      return `{${parts}}`;
    // Some elements are lists of their parts; and an iterator can be read only once, which is for the page to do.
    if ('nodeType' in object || 'next' in object) return reportUnsupported(kind, path);
    const description = `${object}`; // Of an error, or of a search.
    if (description[0] !== '[') return writeInner(() => description);
    return iterable ? writeList(object as never) : reportUnsupported(kind, path);
  }
}

function kindOf(value: unknown): string {
  return objectToString.call(value).slice(8, -1).replace(/\W/g, ' ');
}
