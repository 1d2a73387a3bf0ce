// The network of the testing kit.

import type { Answer } from '../border.js';
import type { Send } from '../core/network.js';
import type { People } from './people.js';

/** One event as it was sent. */
export interface SentEvent {
  event: string;
  /** Milliseconds since 1970. */
  time: number;
  distinct_id: string;
  properties: { readonly [name: string]: unknown };
}

/** Replaces the network: records what is sent, and answers as the collector does. */
export class Recorder {
  readonly events: SentEvent[] = [];
  /** The position of each accepted event, counted from 1. An event that is sent again keeps its first position. */
  private readonly accepted = new Map<string, number>();
  private failing: number | undefined;

  constructor(private readonly people: People) {}

  /** Makes every request fail with this status (0 for no network) until it is called with undefined. */
  failWith(status: number | undefined): void {
    this.failing = status;
  }

  readonly send: Send = async (_mode, _url, form): Promise<Answer> => {
    if (this.failing !== undefined) return { status: this.failing, retryAfter: -1, body: '' };
    const sent = JSON.parse(new URLSearchParams(new TextDecoder().decode(form)).get('data') ?? '[]') as Omit<
      SentEvent,
      'time' | 'distinct_id'
    >[];
    const taken = sent.flatMap((event) => this.take(event));
    const answer = { status: 1, error: null, ...(taken.length ? { alias_taken: taken } : {}) };
    return { status: 200, retryAfter: -1, body: JSON.stringify(answer) };
  };

  private take({ event, properties }: Omit<SentEvent, 'time' | 'distinct_id'>): object[] {
    const { distinct_id, $insert_id, alias } = properties as Record<string, string>;
    const time = Math.round(Number(properties.time) * 1000);
    const key = JSON.stringify([distinct_id, event, time, $insert_id]);
    const place = this.accepted.get(key) ?? this.accepted.size + 1;
    if (place > this.accepted.size) {
      this.accepted.set(key, place);
      this.events.push({ event, time, distinct_id: distinct_id ?? '', properties });
    }
    if (event !== '$create_alias') return [];
    // Like the collector, it does not say whose the alias is: who claims it may be a stranger who guessed it.
    const taken = this.people.claim(alias ?? '', distinct_id ?? '', $insert_id ?? '', place);
    return taken ? [{ alias, distinct_id, insert_id: $insert_id }] : [];
  }
}
