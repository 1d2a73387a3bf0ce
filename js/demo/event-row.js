// The row of an event in Live View.

import { element, foreignText, visuallyHidden } from './dom.js';
import { describeIdentityEvent, propertiesText } from './event-text.js';
import { clip, exactTime, timeOf } from './format.js';
import { applyLook, badge } from './looks.js';

/** The row of one event. Its person and its lane can change later; everything else stays. */
export class EventRow {
  element;
  #event;
  #personCell;
  #descriptionCell;
  #propertiesText;
  #person;
  #lane;

  /** `open` is called with the event when the row is clicked. */
  constructor(event, open) {
    this.#event = event;
    this.#personCell = element('span', { class: 'person' });
    this.#propertiesText = propertiesText(event);
    this.#descriptionCell = element('small', { class: 'description' });
    this.element = element(
      'li',
      { class: 'row', 'data-testid': 'event-row', 'data-id': event.id },
      element('i', { class: 'dot shape' }),
      element('time', { class: 'time', datetime: exactTime(event.time) }, timeOf(event.time)),
      element(
        'span',
        { class: 'event' },
        element('button', { type: 'button', class: 'event-name', tabindex: -1 }, foreignText(clip(event.event))),
        this.#descriptionCell,
      ),
      element(
        'span',
        { class: 'id' },
        visuallyHidden('distinct_id '),
        foreignText(clip(event.distinct_id), { title: clip(event.distinct_id) }),
      ),
      this.#personCell,
    );
    this.element.dataset.event = event.event;
    this.element.dataset.distinctId = event.distinct_id;
    this.element.addEventListener('click', () => open(event));
  }

  /** Shows the person that the event belongs to, and updates the description, which may depend on the person. */
  setPerson(person, people) {
    const description = describeIdentityEvent(this.#event, people) || this.#propertiesText;
    if (description !== this.#descriptionCell.textContent)
      this.#descriptionCell.replaceChildren(foreignText(description));
    if (person === this.#person) return;
    const look = people.lookOf(person);
    if (this.#person !== undefined) this.element.classList.add('moved');
    this.#person = person;
    this.element.dataset.person = person;
    applyLook(this.element, look);
    // The id of the person is shown only if it differs from the event's own.
    const original = foreignText(clip(person), { class: 'original', title: clip(person) });
    this.#personCell.replaceChildren(badge(look), person === this.#event.distinct_id ? '' : original);
  }

  /** Moves the event's dot to a lane. */
  setLane(lane) {
    if (lane === this.#lane) return;
    this.#lane = lane;
    this.element.style.setProperty('--lane', lane);
  }
}
