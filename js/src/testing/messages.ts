// The messages of failed expectations.

import type { SentEvent, SentUpdate } from './recorder.js';

/** Returns a description of each value that what was sent, `found`, lacks or has otherwise. */
export function missing(found: unknown, wanted: object): string[] {
  const values = (typeof found === 'object' && found ? found : {}) as { readonly [name: string]: unknown };
  return Object.entries(wanted)
    .filter(([name, value]) => !isSame(values[name], value))
    .map(([name, value]) =>
      name in values ? `${name} was ${show(values[name])}, not ${show(value)}` : `${name} (${show(value)}) was missing`,
    );
}

// Jest, Vitest and Playwright have matchers, such as expect.any(Number), which say themselves whether a value is right.
function isSame(value: unknown, wanted: unknown): boolean {
  const matcher = wanted as { asymmetricMatch?(value: unknown): boolean } | null | undefined;
  if (typeof matcher?.asymmetricMatch === 'function') return matcher.asymmetricMatch(value);
  return show(value) === show(wanted);
}

/** Returns ` with plan = "pro"`, for example, or '' without properties. */
export function describeProperties(properties: object): string {
  const all = Object.entries(properties).map(([name, value]) => `${name} = ${show(value)}`);
  return all.length ? ` with ${all.join(', ')}` : '';
}

/** Returns a list of what was sent. */
export function describeEvents(events: readonly SentEvent[]): string {
  if (!events.length) return 'Nothing was sent at all.';
  const hasProjects = events.some(({ token }) => token !== events[0]?.token);
  const project = (token: string) => (hasProjects ? ` to "${token}"` : '');
  return `Sent were: ${events.map(({ event, distinct_id, token }) => `"${event}" (${distinct_id})${project(token)}`).join(', ')}.`;
}

/** Returns a list of the updates of profiles that were sent. */
export function describeUpdates(updates: readonly SentUpdate[]): string {
  if (!updates.length) return 'No update of a profile was sent at all.';
  return `Sent were: ${updates.map(({ id, operations }) => `${show(operations)} (${id})`).join(', ')}.`;
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
