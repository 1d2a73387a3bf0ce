// Requests the details of persons from the collector, without overloading it.

// Milliseconds.
const minInterval = 500; // Between two requests for the same person.
const requestGap = 50;
const maxPending = 100;
const loadFactor = 10; // The interval is at least this many times the time of the last answer, so that a slow collector is asked less often.

/** The details of persons, requested one at a time. */
export class PersonDetails {
  #collector;
  #onDetails;
  #pending = new Set();
  #requestedAt = new Map(); // person or id -> when
  #details = new Map(); // person -> answer
  #timer;
  #interval = minInterval;

  /** `onDetails` is called with each answer. */
  constructor(collector, listeners) {
    this.#collector = collector;
    this.#onDetails = listeners;
  }

  /** Returns the last answer for a person, or undefined. */
  of(person) {
    return this.#details.get(person);
  }

  /** Requests the details of an id's person, as soon as the interval allows. */
  request(id) {
    if (this.#pending.size < maxPending) this.#pending.add(id);
    this.#timer ??= setTimeout(() => this.#requestNext(), requestGap);
  }

  /** Removes the details of all persons but these. */
  keepOnly(persons) {
    for (const person of this.#details.keys()) if (!persons.has(person)) this.#details.delete(person);
    for (const id of this.#requestedAt.keys()) if (!persons.has(id)) this.#requestedAt.delete(id);
    for (const id of this.#pending) if (!persons.has(id) && this.#details.has(id)) this.#pending.delete(id);
  }

  async #requestNext() {
    const now = Date.now();
    const ready = (id) => now - (this.#requestedAt.get(id) ?? 0) >= this.#interval;
    const id = [...this.#pending].find(ready);
    if (id !== undefined) await this.#request(id, now);
    this.#timer = this.#pending.size
      ? setTimeout(() => this.#requestNext(), id === undefined ? this.#interval / 4 : requestGap)
      : undefined;
  }

  async #request(id, now) {
    this.#pending.delete(id);
    this.#requestedAt.set(id, now);
    try {
      const answer = await this.#collector.person(id);
      this.#interval = Math.max(minInterval, loadFactor * (Date.now() - now));
      this.#details.set(answer.person, answer);
      this.#onDetails(answer);
    } catch {
      // The feed shows that the collector is down, and everything is requested again when it has reconnected.
    }
  }
}
