// The messages of failed expectations.

import type { Properties } from '../types.js';
import type { SentEvent } from './recorder.js';

/** Returns a description of each property that an event lacks or has with another value. */
export function missing({ properties }: SentEvent, wanted: Properties): string[] {
  return Object.entries(wanted)
    .filter(([name, value]) => show(properties[name]) !== show(value))
    .map(([name, value]) =>
      name in properties
        ? `${name} was ${show(properties[name])}, not ${show(value)}`
        : `${name} (${show(value)}) was missing`,
    );
}

/** Returns ` with plan = "pro"`, for example, or '' without properties. */
export function describeProperties(properties: Properties): string {
  const all = Object.entries(properties).map(([name, value]) => `${name} = ${show(value)}`);
  return all.length ? ` with ${all.join(', ')}` : '';
}

/** Returns a list of what was sent. */
export function describeEvents(events: readonly SentEvent[]): string {
  if (!events.length) return 'Nothing was sent at all.';
  return `Sent were: ${events.map(({ event, distinct_id }) => `"${event}" (${distinct_id})`).join(', ')}.`;
}

function show(value: unknown): string {
  return JSON.stringify(sorted(value)) ?? 'undefined';
}

function sorted(value: unknown): unknown {
  if (value instanceof Date || typeof value !== 'object' || !value) return value;
  if (Array.isArray(value)) return value.map(sorted);
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, inner]) => [name, sorted(inner)]),
  );
}
