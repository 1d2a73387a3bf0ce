import { lookOf } from './marks.js';

const mostIDs = 20_000; // A page left open for a week must not remember every id it saw.
const mostSaved = 300;

/** Who each distinct_id belongs to, as the collector said it last, and what each person looks like: the same look for good. */
export class People {
  #persons = new Map(); // distinct_id -> person
  #looks = new Map(); // person -> number, in the order in which they came
  #next = 0;
  #save;

  /** `saved` is what `save` was last given, so that a reload changes nobody's colour. */
  constructor(saved = [], save = () => {}) {
    this.#save = save;
    for (const [person, index] of saved) {
      this.#looks.set(person, index);
      this.#next = Math.max(this.#next, index + 1);
    }
  }

  /** The person of an id. Somebody nobody spoke of is a person of their own. */
  personOf(id) {
    return this.#persons.get(id) ?? id;
  }

  /** Whether an id was seen in an event. */
  knows(id) {
    return this.#persons.has(id);
  }

  /** Takes what the collector says of an id. When a whole person joined another, all its ids follow. */
  learn(id, person) {
    const before = this.#persons.get(id);
    if (before === person) return;
    this.#persons.set(id, person);
    if (before !== undefined) this.#inherit(before, person);
    if (before !== id) return;
    for (const [other, its] of this.#persons) if (its === id) this.#persons.set(other, person);
  }

  /** How a person looks. Asking for the first time is what gives them their look. */
  lookOf(person) {
    let index = this.#looks.get(person);
    if (index === undefined) {
      index = this.#next++;
      this.#give(person, index);
    }
    return lookOf(index);
  }

  /** The look of an id's person, if anybody saw an event of theirs. */
  seenLook(id) {
    return this.knows(id) ? this.lookOf(this.personOf(id)) : undefined;
  }

  /** Whether it is time to forget some. */
  get crowded() {
    return this.#persons.size > mostIDs;
  }

  /** Forgets all ids but these. */
  keepOnly(shown) {
    const kept = new Map();
    for (const id of shown) kept.set(id, this.personOf(id));
    this.#persons = kept;
    const persons = new Set(kept.values());
    for (const person of this.#looks.keys()) if (!persons.has(person)) this.#looks.delete(person);
  }

  // A known person turns out to be somebody whom nobody has seen yet: it is the same line, so it keeps its colour.
  #inherit(before, person) {
    const index = this.#looks.get(before);
    if (index !== undefined && !this.#looks.has(person)) this.#give(person, index);
  }

  #give(person, index) {
    this.#looks.set(person, index);
    if (index < mostSaved) this.#save([...this.#looks]);
  }
}
