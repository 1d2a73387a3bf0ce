import { element, outside, unseen } from './dom.js';
import { badge, wear } from './marks.js';
import { meaningOf } from './meaning.js';
import { clip, exactTime, shortID, timeOf } from './text.js';

/** One event's row. What it says of the event never changes; the person it belongs to may. */
export class Row {
  element;
  #event;
  #belongs;
  #meaning;
  #person;
  #lane;

  /** `open` is called with the event when somebody wants to see all of it. */
  constructor(event, open) {
    this.#event = event;
    this.#belongs = element('span', { class: 'belongs' });
    this.#meaning = element('small', { class: 'meaning' });
    this.element = element(
      'li',
      { class: 'row', 'data-testid': 'event-row', 'data-id': event.id },
      element('i', { class: 'dot mark' }),
      element('time', { class: 'time', datetime: exactTime(event.time) }, timeOf(event.time)),
      element(
        'span',
        { class: 'what' },
        element('button', { type: 'button', class: 'name', tabindex: -1 }, outside(clip(event.event))),
        this.#meaning,
      ),
      element(
        'span',
        { class: 'id' },
        unseen('distinct_id '),
        outside(shortID(event.distinct_id), { title: clip(event.distinct_id) }),
      ),
      this.#belongs,
    );
    this.element.dataset.event = event.event;
    this.element.dataset.distinctId = event.distinct_id;
    this.element.addEventListener('click', () => open(event));
  }

  /** The button that opens the event, for the keyboard to go to. */
  get button() {
    return this.element.querySelector('button');
  }

  /** Shows whom the event belongs to, and what that makes of it. */
  belongTo(person, people) {
    const meaning = meaningOf(this.#event, people);
    if (meaning !== this.#meaning.textContent) this.#meaning.replaceChildren(outside(meaning));
    if (person === this.#person) return;
    const look = people.lookOf(person);
    if (this.#person !== undefined) this.element.classList.add('moved');
    this.#person = person;
    this.element.dataset.person = person;
    this.element.classList.toggle('other', person !== this.#event.distinct_id);
    wear(this.element, look);
    this.#belongs.replaceChildren(badge(look), outside(shortID(person), { class: 'original', title: clip(person) }));
  }

  /** Puts the event's dot in a lane. */
  standIn(lane) {
    if (lane === this.#lane) return;
    this.#lane = lane;
    this.element.style.setProperty('--lane', lane);
  }
}
