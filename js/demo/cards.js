import { byID } from './dom.js';
import { addDropped, droppedIn } from './meaning.js';
import { personCard } from './person-card.js';
import { showPerson } from './sheets.js';
import { count } from './text.js';

const mostCards = 12;

/** The cards of the people who did something last; whoever came last stands first, so that cards do not jump about. */
export class Cards {
  #people;
  #portraits;
  #acts;
  #shown = new Map(); // person -> { card, facts }

  /** `acts` has follow(person) and bringOut(person or undefined). */
  constructor(people, portraits, acts) {
    this.#people = people;
    this.#portraits = portraits;
    this.#acts = acts;
  }

  /** Shows the people of these events, newest first. `stale` has those whose answer may have changed. */
  show(events, stale, followed) {
    const { persons, others, dropped } = this.#survey(events, followed);
    for (const person of persons) if (stale.has(person) || !this.#portraits.of(person)) this.#portraits.want(person);
    this.#portraits.keepOnly(new Set(persons));
    this.#forget(persons);
    const root = byID('cards');
    persons.forEach((person, index) => {
      const card = this.#card(person, dropped.get(person) ?? {}, person === followed);
      if (root.children[index] !== card) root.insertBefore(card, root.children[index] ?? null);
    });
    byID('no-people').hidden = persons.length > 0;
    byID('more-people').textContent = others ? `and ${count(others, 'more person', 'more people')}` : '';
  }

  #survey(events, followed) {
    const active = new Set(followed === undefined ? [] : [followed]);
    const all = new Set();
    const dropped = new Map();
    for (const event of events) {
      const person = this.#people.personOf(event.distinct_id);
      all.add(person);
      if (active.size < mostCards) active.add(person);
      if (event.event === '$dropped')
        dropped.set(person, addDropped(dropped.get(person) ?? {}, droppedIn(event.properties)));
    }
    const persons = [...active].sort((a, b) => this.#people.lookOf(b).index - this.#people.lookOf(a).index);
    return { persons, others: all.size - active.size, dropped };
  }

  #forget(persons) {
    for (const [person, { card }] of this.#shown) {
      if (persons.includes(person)) continue;
      card.remove();
      this.#shown.delete(person);
    }
  }

  // A card is made anew only when it says something new.
  #card(person, dropped, followed) {
    const look = this.#people.lookOf(person);
    const portrait = this.#portraits.of(person);
    const facts = JSON.stringify([look, portrait, dropped, followed]);
    const before = this.#shown.get(person);
    if (before?.facts === facts) return before.card;
    const card = personCard(
      { person, look, portrait, dropped, followed },
      {
        open: () => showPerson({ person, look, portrait, dropped }),
        follow: () => this.#acts.follow(followed ? undefined : person),
      },
    );
    card.addEventListener('pointerenter', () => this.#acts.bringOut(person));
    card.addEventListener('pointerleave', () => this.#acts.bringOut(undefined));
    this.#shown.set(person, { card, facts });
    if (before) replace(before.card, card);
    return card;
  }
}

// The keyboard stays where it was.
function replace(before, card) {
  const focused = before.contains(document.activeElement) ? document.activeElement.dataset.testid : undefined;
  before.replaceWith(card);
  if (focused) card.querySelector(`[data-testid="${focused}"]`)?.focus();
}
