const rest = 500; // Milliseconds until the same person is asked for again, however busy they are.
const patience = 10; // A collector that takes long over an answer is asked that many times less often than it could answer.
const gap = 50;
const mostWanted = 100;

/** What the collector tells of persons: asked for one at a time, and again when something of theirs changed. */
export class Portraits {
  #collector;
  #hear;
  #wanted = new Set();
  #asked = new Map(); // person or id -> when
  #known = new Map(); // person -> answer
  #timer;
  #rest = rest;

  /** `hear` is called with each answer. */
  constructor(collector, hear) {
    this.#collector = collector;
    this.#hear = hear;
  }

  /** The last answer on a person, if there was one. */
  of(person) {
    return this.#known.get(person);
  }

  /** Asks for the person of an id, soon. */
  want(id) {
    if (this.#wanted.size < mostWanted) this.#wanted.add(id);
    this.#timer ??= setTimeout(() => this.#askNext(), gap);
  }

  /** Forgets the persons that are not among these. */
  keepOnly(persons) {
    for (const person of this.#known.keys()) if (!persons.has(person)) this.#known.delete(person);
    for (const id of this.#asked.keys()) if (!persons.has(id)) this.#asked.delete(id);
    for (const id of this.#wanted) if (!persons.has(id) && this.#known.has(id)) this.#wanted.delete(id);
  }

  async #askNext() {
    const now = Date.now();
    const ready = (id) => now - (this.#asked.get(id) ?? 0) >= this.#rest;
    const id = [...this.#wanted].find(ready);
    if (id !== undefined) await this.#ask(id, now);
    this.#timer = this.#wanted.size
      ? setTimeout(() => this.#askNext(), id === undefined ? this.#rest / 4 : gap)
      : undefined;
  }

  async #ask(id, now) {
    this.#wanted.delete(id);
    this.#asked.set(id, now);
    try {
      const answer = await this.#collector.person(id);
      this.#rest = Math.max(rest, patience * (Date.now() - now));
      this.#known.set(answer.person, answer);
      this.#hear(answer);
    } catch {
      // The feed tells that the collector is gone, and everybody is asked for again when it is back.
    }
  }
}
