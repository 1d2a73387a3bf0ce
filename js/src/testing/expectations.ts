// The expectations of the testing kit and of throughline/playwright, and the messages of those that fail.

import { describeEvents, describeProperties, describeUpdates, missing } from './messages.js';
import type { Recorder, SentEvent, SentUpdate } from './recorder.js';

/** The codes of what the library rightly warns of while a test makes requests fail. */
export const failureCodes: readonly string[] = ['collector_unreachable', 'collector_misanswered', 'outbox_full'];

/** Returns the first event of that name with at least these properties. */
export function findEvent(events: readonly SentEvent[], event: string, properties: object = {}): SentEvent | undefined {
  return events.find((candidate) => candidate.event === event && !missing(candidate.properties, properties).length);
}

/** Describes why there is no event of that name with these properties. */
export function describeMissingEvent(events: readonly SentEvent[], event: string, properties: object = {}): string {
  const named = events.filter((candidate) => candidate.event === event);
  const differences = named.map(
    (candidate) => `It was sent, but ${missing(candidate.properties, properties).join(', ')}.`,
  );
  return [
    `Expected an event "${event}"${describeProperties(properties)}.`,
    ...(named.length ? differences : ['It was not sent.']),
    describeEvents(events),
  ].join(' ');
}

/** Returns the first update of a profile by that operation, such as `$set`, with at least these values. */
export function findUpdate(
  updates: readonly SentUpdate[],
  operation: string,
  values: object = {},
): SentUpdate | undefined {
  return updates.find(({ operations }) => operation in operations && !missing(operations[operation], values).length);
}

/** Describes why there is no update of a profile by that operation with these values. */
export function describeMissingUpdate(updates: readonly SentUpdate[], operation: string, values: object = {}): string {
  return `Expected an update by ${operation}${describeProperties(values)}. ${describeUpdates(updates)}`;
}

/** Throws if there is an event of that name with at least these properties. */
export function refuseEvent(events: readonly SentEvent[], event: string, properties: object = {}): void {
  const found = events.filter((candidate) => findEvent([candidate], event, properties));
  if (found.length)
    throw new Error(
      `Expected no event "${event}"${describeProperties(properties)}, but it was sent ${found.length === 1 ? 'once' : `${found.length} times`}.`,
    );
}

/** Throws unless all ids belong to one person of one project. */
export function requireOnePerson(recorder: Recorder, ids: readonly (string | undefined)[]): void {
  // What get_distinct_id() answers too early is in no person.
  if (ids.includes(undefined))
    throw new Error(`Expected one person, but of the ids (${ids.map(String).join(', ')}) not all are known.`);
  const [first = '', ...rest] = ids as readonly string[];
  const persons = recorder.tokens().map((token) => recorder.ids(token, first));
  if (persons.some((known) => rest.every((id) => known.includes(id)))) return;
  // The project in which something is known of the first id.
  const known = persons.find((members) => members.length > 1) ?? [first];
  const strangers = rest.filter((id) => !known.includes(id));
  if (!strangers.length) return;
  // An alias is the id of an account, whatever order the ids were given in.
  const account = [...strangers, first].find((id) => !id.startsWith('$device:'));
  const mend = account
    ? `alias("${account}") at sign-up, before identify, would have joined them`
    : 'what a device did before its first login stays a person of its own, unless alias was called on it at sign-up';
  throw new Error(
    `Expected one person, but ${strangers.map((id) => `"${id}"`).join(' and ')} is not the person of "${first}" (${known.join(', ')}): ${mend}.`,
  );
}

/** Describes warnings in one line. */
export function describeWarnings(warnings: readonly { code: string; what: string; mend: string }[]): string {
  return warnings.map(({ code, what, mend }) => `[${code}] ${what} ${mend}`).join(' ');
}
