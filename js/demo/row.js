import { element, outside, unseen } from './dom.js';
import { badge, wear } from './marks.js';
import { meaningOf, propertiesText } from './meaning.js';
import { clip, exactTime, timeOf } from './text.js';

/** One event's row. What it says of the event never changes; the person it belongs to may. */
export class Row {
  element;
  #event;
  #belongs;
  #meaning;
  #properties;
  #person;
  #lane;

  /** `open` is called with the event when somebody wants to see all of it. */
  constructor(event, open) {
    this.#event = event;
    this.#belongs = element('span', { class: 'belongs' });
    this.#properties = propertiesText(event);
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
        outside(clip(event.distinct_id), { title: clip(event.distinct_id) }),
      ),
      this.#belongs,
    );
    this.element.dataset.event = event.event;
    this.element.dataset.distinctId = event.distinct_id;
    this.element.addEventListener('click', () => open(event));
  }

  /** Shows whom the event belongs to, and what that makes of it. */
  belongTo(person, people) {
    const meaning = meaningOf(this.#event, people) || this.#properties;
    if (meaning !== this.#meaning.textContent) this.#meaning.replaceChildren(outside(meaning));
    if (person === this.#person) return;
    const look = people.lookOf(person);
    if (this.#person !== undefined) this.element.classList.add('moved');
    this.#person = person;
    this.element.dataset.person = person;
    wear(this.element, look);
    // The original id is worth a place only where it is not the event's own.
    const original = outside(clip(person), { class: 'original', title: clip(person) });
    this.#belongs.replaceChildren(badge(look), person === this.#event.distinct_id ? '' : original);
  }

  /** Puts the event's dot in a lane. */
  standIn(lane) {
    if (lane === this.#lane) return;
    this.#lane = lane;
    this.element.style.setProperty('--lane', lane);
  }
}
