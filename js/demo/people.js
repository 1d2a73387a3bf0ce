// Knows which person each distinct_id belongs to.

import { lookOf } from './looks.js';

const maxIDs = 20_000; // So that a page that is open for a week does not keep every id that it has seen.
const maxSavedLooks = 300;

/** The person of each distinct_id, as the collector last reported it, and the look of each person, which never changes. */
export class People {
  #persons = new Map(); // distinct_id -> person
  #indexes = new Map(); // person -> number, in the order of appearance
  #nextIndex = 0;
  #save;

  /** `saved` is the value that `save` was last called with, so that looks stay the same after a reload. */
  constructor(saved = [], save = () => {}) {
    this.#save = save;
    for (const [person, index] of saved) {
      this.#indexes.set(person, index);
      this.#nextIndex = Math.max(this.#nextIndex, index + 1);
    }
  }

  /** Returns the person of an id. An unknown id is a person of its own. */
  personOf(id) {
    return this.#persons.get(id) ?? id;
  }

  /** Reports whether an id is known. */
  knows(id) {
    return this.#persons.has(id);
  }

  /** Sets the person of an id. If the id was itself a person, all ids of that person move to the new one. */
  setPerson(id, person) {
    const previous = this.#persons.get(id);
    if (previous === person) return;
    this.#persons.set(id, person);
    if (previous !== undefined) this.#passOnLook(previous, person);
    if (previous !== id) return;
    for (const [other, otherPerson] of this.#persons) if (otherPerson === id) this.#persons.set(other, person);
  }

  /** Returns the look of a person. The first call for a person assigns it. */
  lookOf(person) {
    let index = this.#indexes.get(person);
    if (index === undefined) {
      index = this.#nextIndex++;
      this.#assignLook(person, index);
    }
    return lookOf(index);
  }

  /** Returns the look of an id's person, or undefined if the id is not known. */
  lookIfKnown(id) {
    return this.knows(id) ? this.lookOf(this.personOf(id)) : undefined;
  }

  /** Whether there are so many ids that some must be removed with keepOnly. */
  get isFull() {
    return this.#persons.size > maxIDs;
  }

  /** Removes all ids but these. */
  keepOnly(shown) {
    const kept = new Map();
    for (const id of shown) kept.set(id, this.personOf(id));
    this.#persons = kept;
    const persons = new Set(kept.values());
    for (const person of this.#indexes.keys()) if (!persons.has(person)) this.#indexes.delete(person);
  }

  // A person that has joined another one, of which no event was shown yet, passes its look on: it is the same line in the list.
  #passOnLook(previous, person) {
    const index = this.#indexes.get(previous);
    if (index !== undefined && !this.#indexes.has(person)) this.#assignLook(person, index);
  }

  #assignLook(person, index) {
    this.#indexes.set(person, index);
    if (index < maxSavedLooks) this.#save([...this.#indexes]);
  }
}
