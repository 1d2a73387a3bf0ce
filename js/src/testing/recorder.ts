// Records what trackers send, and answers as the collector does. The testing kit uses it in place of the network, and the endpoint of
// throughline/playwright behind HTTP.

import type { People } from './people.js';
import { millisecondsOf } from './times.js';

/** One event as it was sent. */
export interface SentEvent {
  event: string;
  /** Milliseconds since 1970. */
  time: number;
  distinct_id: string;
  /** The token of the project that it was sent to. */
  token: string;
  /** The name of the tracker that sent it, '' for the default one. Only the testing kit knows it. */
  tracker?: string;
  properties: { readonly [name: string]: unknown };
}

/** One update of a profile as it was sent. */
export interface SentUpdate {
  /** The token of the project that it was sent to. */
  token: string;
  /** The distinct_id of the person, or the id of the group. */
  id: string;
  /** The kind of the group, such as `company`. Undefined for a person. */
  group?: string;
  /** What is changed, by Mixpanel's names: `{ $set: { plan: 'pro' } }`. */
  operations: { readonly [name: string]: unknown };
}

/** One person, as the collector would identify it. */
export interface TestPerson<Event extends SentEvent = SentEvent> {
  /** The token of the project. */
  token: string;
  /** The original distinct_id. */
  original: string;
  /** All distinct_ids of the person, the original first. */
  ids: string[];
  events: Event[];
}

/** The verbose answer of the collector (collector/server/response.go). */
export interface CollectorAnswer {
  status: 0 | 1;
  error: string | null;
  num_good_events?: number;
  failed_records?: { index: number; $insert_id: string; field: string; message: string }[];
  alias_taken?: object[];
}

/** Returns the text of an answer: JSON if the request asked for it with verbose=1, else 1 or 0, as Mixpanel answers. */
export const textOfAnswer = (answer: CollectorAnswer, isVerbose: boolean): string =>
  isVerbose ? JSON.stringify(answer) : `${answer.status}`;

/** Returns the HTTP status of an answer. Of a bad update of a profile, Mixpanel says only in the body that it is bad. */
export const statusOf = (path: string, { status }: CollectorAnswer): number =>
  status || /\/(engage|groups)\b/.test(path) ? 200 : 400;

type Members = { readonly [name: string]: unknown };

class Fault {
  constructor(
    readonly field: string,
    readonly message: string,
  ) {}
}

/** Replaces the collector. */
export class Recorder {
  readonly events: SentEvent[] = [];
  readonly updates: SentUpdate[] = [];
  /** The position of each accepted event, counted from 1. An event that is sent again keeps its first position. */
  private accepted = new Map<string, number>();
  private position = 0;
  private projects = new Map<string, Promise<People>>();
  private readonly graphs = new Map<string, People>();

  /** `startPeople` starts the identity graph of a project, `trackerOf` returns the name of the tracker that sent an event. */
  constructor(
    private readonly startPeople: () => Promise<People>,
    private readonly trackerOf?: (insertID: string) => string,
  ) {}

  /** Takes the records of one request: events and updates of profiles. `token` is the project of those that name none. */
  async take(records: readonly unknown[], token = ''): Promise<CollectorAnswer> {
    const projects = new Set(records.map((record) => tokenOf(record, token)));
    await Promise.all([...projects].map((project) => this.openProject(project)));
    const taken: object[] = [];
    const failed: NonNullable<CollectorAnswer['failed_records']> = [];
    records.forEach((record, index) => {
      try {
        taken.push(...this.takeRecord(record, token));
      } catch (fault) {
        if (!(fault instanceof Fault)) throw fault;
        const $insert_id = textOf(membersOf(membersOf(record).properties).$insert_id);
        failed.push({ index, $insert_id, field: fault.field, message: fault.message });
      }
    });
    const [first] = failed;
    return {
      status: first ? 0 : 1,
      error: first ? `record ${first.index}: ${first.field ? `${first.field}: ` : ''}${first.message}` : null,
      ...(first ? { num_good_events: records.length - failed.length, failed_records: failed } : {}),
      ...(taken.length ? { alias_taken: taken } : {}),
    };
  }

  /** Forgets everything. */
  clear(): void {
    this.events.length = 0;
    this.updates.length = 0;
    this.accepted.clear();
    this.position = 0;
    this.projects.clear();
    this.graphs.clear();
  }

  /** Returns all ids of the person that an id belongs to, the original first. */
  ids(token: string, distinctID: string): string[] {
    return this.graphs.get(token)?.ids(distinctID) ?? [distinctID];
  }

  /** Returns the person that an id belongs to. */
  person(token: string, distinctID: string): TestPerson {
    const ids = this.ids(token, distinctID);
    const events = this.events.filter((event) => event.token === token && ids.includes(event.distinct_id));
    return { token, original: ids[0] as string, ids, events };
  }

  /** Returns the persons whose events were sent, in the order of their first events. */
  people(): TestPerson[] {
    const people = new Map<string, TestPerson>();
    for (const { token, distinct_id } of this.events) {
      const person = this.person(token, distinct_id);
      const key = JSON.stringify([token, person.original]);
      if (!people.has(key)) people.set(key, person);
    }
    return [...people.values()];
  }

  /** Returns the tokens of the projects that something was sent to. */
  tokens(): string[] {
    return [...this.graphs.keys()];
  }

  private async openProject(token: string): Promise<void> {
    const started = this.projects.get(token) ?? this.startPeople();
    this.projects.set(token, started);
    const people = await started;
    if (this.projects.get(token) === started) this.graphs.set(token, people); // Not if `clear` was called meanwhile.
  }

  private takeRecord(record: unknown, defaultToken: string): object[] {
    if (typeof record !== 'object' || !record || Array.isArray(record))
      throw new Fault('', 'the record is not a JSON object');
    const { event, properties = {} } = record as { event?: unknown; properties?: unknown };
    const token = tokenOf(record, defaultToken);
    if ('$token' in record || '$distinct_id' in record || '$group_key' in record) return this.takeUpdate(record, token);
    if (typeof event !== 'string' || !event) throw new Fault('event', 'the event has no name: it must be a text');
    if (!token) throw new Fault('properties.token', 'the event has no project token');
    return this.takeEvent(event, membersOf(properties), token);
  }

  private takeEvent(event: string, properties: Members, token: string): object[] {
    const time = millisecondsOf(properties.time);
    if (time === undefined)
      throw new Fault('properties.time', 'the time is neither seconds nor milliseconds since 1970, nor ISO 8601');
    const distinct_id = textOf(properties.distinct_id);
    const alias = textOf(properties.alias);
    const insert_id = textOf(properties.$insert_id);
    // Without an insert id, no two events can be told to be the same.
    const key = JSON.stringify(insert_id ? [token, distinct_id, event, time, insert_id] : [this.position]);
    let place = this.accepted.get(key);
    if (place === undefined) {
      place = ++this.position;
      this.accepted.set(key, place);
      const tracker = this.trackerOf?.(insert_id);
      this.events.push({ event, time, distinct_id, token, ...(tracker === undefined ? {} : { tracker }), properties });
    }
    if (event !== '$create_alias') return [];
    // Like the collector, it does not say whose the alias is: who claims it may be a stranger who guessed it.
    const isTaken = this.graphs.get(token)?.claim(alias, distinct_id, insert_id, place);
    return isTaken ? [{ alias, distinct_id, insert_id }] : [];
  }

  private takeUpdate(record: object, token: string): object[] {
    const { $token, $distinct_id, $group_key, $group_id, ...operations } = record as Record<string, unknown>;
    const group = textOf($group_key);
    const id = textOf(group ? $group_id : $distinct_id);
    if (!token) throw new Fault('$token', 'the update has no project token');
    if (!id)
      throw new Fault(
        '$distinct_id',
        'the update names neither a person ($distinct_id) nor a group ($group_key and $group_id)',
      );
    this.updates.push({ token, id, ...(group ? { group } : {}), operations });
    return [];
  }
}

const membersOf = (value: unknown): Members => (typeof value === 'object' && value ? (value as Members) : {});

function tokenOf(record: unknown, defaultToken: string): string {
  const { $token, properties } = membersOf(record);
  return textOf($token ?? membersOf(properties).token) || defaultToken;
}

// Clients send ids as texts or as numbers.
const textOf = (value: unknown): string =>
  typeof value === 'string' || typeof value === 'number' ? String(value) : '';
