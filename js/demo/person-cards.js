import { showPerson } from './details-dialog.js';
import { byID } from './dom.js';
import { addDropped, droppedCounts } from './event-text.js';
import { count } from './format.js';
import { personCard } from './person-card.js';
import { historyOf } from './person-history.js';

const maxCards = 12;

/** The list of cards of the most recently active persons. It is sorted by first appearance, newest first, so that cards do not jump. */
export class PersonCards {
  #people;
  #details;
  #actions;
  #cards = new Map(); // person -> { card, facts }
  #events = []; // What is shown, newest first.

  /** `actions` has follow(person) and highlight(person or undefined). */
  constructor(people, details, actions) {
    this.#people = people;
    this.#details = details;
    this.#actions = actions;
  }

  /** Shows the persons of these events, which are given newest first. `outdated` contains the persons whose details may have changed. */
  update(events, outdated, followed) {
    this.#events = events;
    const { persons, otherCount, dropped } = this.#select(events, followed);
    for (const person of persons) if (outdated.has(person) || !this.#details.of(person)) this.#details.request(person);
    this.#details.keepOnly(new Set(persons));
    this.#removeOthers(persons);
    const root = byID('cards');
    persons.forEach((person, index) => {
      const card = this.#card(person, dropped.get(person) ?? {}, person === followed);
      if (root.children[index] !== card) root.insertBefore(card, root.children[index] ?? null);
    });
    byID('no-people').hidden = persons.length > 0;
    byID('more-people').textContent = otherCount ? `and ${count(otherCount, 'more person', 'more people')}` : '';
  }

  #select(events, followed) {
    const active = new Set(followed === undefined ? [] : [followed]);
    const all = new Set();
    const dropped = new Map();
    for (const event of events) {
      const person = this.#people.personOf(event.distinct_id);
      all.add(person);
      if (active.size < maxCards) active.add(person);
      if (event.event === '$dropped')
        dropped.set(person, addDropped(dropped.get(person) ?? {}, droppedCounts(event.properties)));
    }
    const persons = [...active].sort((a, b) => this.#people.lookOf(b).index - this.#people.lookOf(a).index);
    return { persons, otherCount: all.size - active.size, dropped };
  }

  #eventsOf(person) {
    return this.#events.filter(({ distinct_id }) => this.#people.personOf(distinct_id) === person);
  }

  #removeOthers(persons) {
    for (const [person, { card }] of this.#cards) {
      if (persons.includes(person)) continue;
      card.remove();
      this.#cards.delete(person);
    }
  }

  // A card is rebuilt only when its content has changed, so that it keeps focus and selection.
  #card(person, dropped, followed) {
    const look = this.#people.lookOf(person);
    const details = this.#details.of(person);
    const cardState = JSON.stringify([look, details, dropped, followed]);
    const previous = this.#cards.get(person);
    if (previous?.cardState === cardState) return previous.card;
    const card = personCard(
      { person, look, details, dropped, followed },
      {
        open: () => showPerson({ person, look, details, dropped, history: historyOf(details, this.#eventsOf(person)) }),
        follow: () => this.#actions.follow(followed ? undefined : person),
      },
    );
    card.addEventListener('pointerenter', () => this.#actions.highlight(person));
    card.addEventListener('pointerleave', () => this.#actions.highlight(undefined));
    this.#cards.set(person, { card, cardState });
    if (previous) replace(previous.card, card);
    return card;
  }
}

// Replaces a card, and focuses the same button in the new one if the old one had the focus.
function replace(previous, card) {
  const focused = previous.contains(document.activeElement) ? document.activeElement.dataset.testid : undefined;
  previous.replaceWith(card);
  if (focused) card.querySelector(`[data-testid="${focused}"]`)?.focus();
}
