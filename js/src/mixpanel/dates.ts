// Dates in profiles, in the form in which mixpanel-browser sends them.

import { attempt } from '../attempt.js';

const maxDepth = 4;

/** Returns a value in which dates, also in plain objects and arrays, are text without a fraction of seconds and a time zone, which is UTC. */
export function encodeDates(value: unknown): unknown {
  return attempt(() => encode(value, 0)) ?? value;
}

function encode(value: unknown, depth: number): unknown {
  if (value instanceof Date) return value.toISOString().slice(0, 19);
  if (Array.isArray(value)) return depth > maxDepth ? value : value.map((item) => encode(item, depth + 1));
  if (!value || depth > maxDepth || Object.getPrototypeOf(value) !== Object.prototype) return value;
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, encode(member, depth + 1)]));
}
