// Turns what a page passes to a method into JSON text. A page may pass anything: an element, an event of React, objects that all refer to
// each other. JSON.stringify visits a shared object once for each path to it, which can take exponential time, and it calls a toJSON that
// the page may have added to all arrays (Prototype.js 1.6). So JSON.stringify is used for plain values only. Everything else is walked
// here, each object once and within limits.

import { attempt } from './attempt.js';

// Read at the start, before later scripts of the page can replace them.
export const { parse, stringify } = JSON;
const { getPrototypeOf, prototype } = Object;
const { toString: objectToString } = prototype;

// Limits for one argument. The collector accepts records of up to two megabytes.
const maxDepth = 20;
const maxTotalMembers = 15_000;
const maxPropertyMembers = 3_000; // In one top-level property, so that one that is too large does not displace the others.
const maxCharacters = 1 << 20;

/**
 * Describes the first value, since this was last emptied, that JSON cannot represent: its path and its kind, such as `cart.items (Event)`.
 * It is a shared array, not part of the result, so that the usual call without such a value allocates nothing for it.
 */
export const unsupported: string[] = [];

// How much of the limits is left for the current value.
let membersLeft: number;
let charactersLeft: number;

type Members = Record<PropertyKey, unknown>;

/**
 * Returns a value as JSON text. Values that JSON cannot represent are converted: a BigInt to its digits, a Map to an object, other
 * collections to arrays, an error to its text. Elements, events, windows and the like become their kind, such as `[HTMLDivElement]`,
 * functions and symbols are left out, and what exceeds the limits becomes `[Too large]`; these are reported in `unsupported`. Never throws.
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

// Reports whether the page has added a toJSON to all objects or all arrays.
const hasInheritedToJSON = () => (prototype as Members).toJSON || (Array.prototype as unknown as Members).toJSON;

/** Reports whether JSON.stringify can be trusted with a value: it is within the limits and holds no cycle and no instance of a class. */
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

/** Writes any value, visiting each object once. */
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

  // `read` returns the value: it is called here because a getter may throw. Values beyond the limit of members are left out.
  function writeValue(read: () => unknown, path: string, depth: number): string | undefined {
    return attempt(
      () => {
        const value = read();
        const type = typeof value;
        let json = results.get(value);
        if (--membersLeft < 0) return void reportUnsupported('Too large', path);
        // Escaping a very long string already takes too long.
        if (type === 'string' && (value as string).length > charactersLeft) return reportUnsupported('Too large', path);
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
        } else membersLeft -= json.length >> 4; // An object that is repeated in many places makes the text large.
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
    if (/Array$/.test(kind)) return writeList(object as never); // Typed arrays too: as objects, every element would get a name.
    if (kind === 'Date') return writeInner(() => attempt(() => (object as unknown as Date).toISOString()) ?? null);
    if (typeof toJSON === 'function' && toJSON !== (prototype as Members).toJSON) {
      const json: unknown = toJSON.call(object);
      if (json !== object) return writeInner(() => json);
    }
    const map = kind === 'Map' && (object as unknown as Map<unknown, unknown>);
    // Events of React and jQuery, and React elements, look like plain objects but refer to the whole page.
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
    // An instance of a class that shows no members is not written as {}: it may hold its data elsewhere, so it is described below.
    const iterable = Symbol.iterator in object;
    const parent = getPrototypeOf(object);
    if (parts[0] || map || (kind === 'Object' && !iterable && (!parent || !getPrototypeOf(parent))))
      return `{${parts}}`;
    // Not read as lists: elements, some of which (forms) are iterable, and iterators, which the page may want to read itself.
    if ('nodeType' in object || 'next' in object) return reportUnsupported(kind, path);
    const description = `${object}`; // The text of an Error or of URLSearchParams, for example.
    if (description[0] !== '[') return writeInner(() => description);
    return iterable ? writeList(object as never) : reportUnsupported(kind, path);
  }
}

function kindOf(value: unknown): string {
  return objectToString.call(value).slice(8, -1).replace(/\W/g, ' ');
}
