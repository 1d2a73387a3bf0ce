// The list of events in Live View.

import { element } from './dom.js';
import { EventRow } from './event-row.js';
import { assignLanes } from './lanes.js';
import { applyLook } from './looks.js';

const minLanes = 2; // So that the first person's line does not move when a second person appears.
const maxAnimatedRows = 20; // More new rows at once than this are shown without animation.

/** The rows of events and the lines of their persons. Each row is created once, so that an update costs only as much as the new rows. */
export class EventList {
  #root;
  #lineLayer;
  #people;
  #open;
  #rows = new Map(); // event id -> Row
  #lineOfPerson = new Map();
  #lineOf = new Map(); // person -> element
  #lanes = minLanes;

  /** `root` is the list element, `lines` the element for the lines, and `open` is called with an event that is to be shown in full. */
  constructor(root, lines, people, open) {
    this.#root = root;
    this.#lineLayer = lines;
    this.#people = people;
    this.#open = open;
    root.addEventListener('keydown', (event) => this.#moveFocus(event));
    root.addEventListener('focusin', ({ target }) => this.#makeTabStop(target));
  }

  /** Shows these events, which are given newest first, with at most `lanes` lanes for lines. */
  update(events, lanes) {
    const persons = events.map(({ distinct_id }) => this.#people.personOf(distinct_id));
    this.#lineOfPerson = assignLanes(persons, lanes, this.#lineOfPerson);
    this.#widenLanes(lanes);
    const added = events.filter(({ id }) => !this.#rows.has(id));
    const isAnimated = this.#rows.size > 0 && added.length <= maxAnimatedRows;
    for (const event of added) this.#add(event, isAnimated);
    this.#remove(events);
    this.#orderRows(events);
    events.forEach((event, index) => {
      const row = this.#rows.get(event.id);
      row.setPerson(persons[index], this.#people);
      row.setLane(this.#lineOfPerson.get(persons[index]).lane);
    });
    this.#drawLines();
    if (!this.#root.querySelector('[tabindex="0"]')) this.#root.querySelector('button')?.setAttribute('tabindex', '0');
  }

  /** Highlights the line of a person, or none for undefined. */
  highlight(person) {
    for (const [linePerson, line] of this.#lineOf) line.classList.toggle('highlighted', linePerson === person);
  }

  // Makes the area of the lines as wide as it has ever been needed. It does not shrink, so that rows do not move back and forth.
  #widenLanes(maxLanes) {
    for (const { lane } of this.#lineOfPerson.values()) this.#lanes = Math.max(this.#lanes, lane + 1);
    this.#root.closest('.feed').style.setProperty('--lanes', Math.min(this.#lanes, maxLanes));
  }

  #add(event, isAnimated) {
    const row = new EventRow(event, this.#open);
    if (isAnimated) row.element.classList.add('new');
    this.#rows.set(event.id, row);
  }

  #remove(events) {
    const shown = new Set(events.map(({ id }) => id));
    for (const [id, row] of this.#rows) {
      if (shown.has(id)) continue;
      row.element.remove();
      this.#rows.delete(id);
    }
  }

  #orderRows(events) {
    let next = this.#root.firstElementChild;
    for (const { id } of events) {
      const row = this.#rows.get(id).element;
      if (row === next) next = next.nextElementSibling;
      else this.#root.insertBefore(row, next);
    }
  }

  #drawLines() {
    for (const [person, line] of this.#lineOf) {
      if (this.#lineOfPerson.has(person)) continue;
      line.remove();
      this.#lineOf.delete(person);
    }
    for (const [person, { lane, from, to, hasLane }] of this.#lineOfPerson) {
      const line = this.#lineOf.get(person) ?? this.#newLine(person);
      line.hidden = !hasLane || from === to;
      applyLook(line, this.#people.lookOf(person));
      line.style.cssText = `--lane: ${lane}; --from: ${from}; --to: ${to}`;
    }
  }

  #newLine(person) {
    const line = element('i', { class: 'person-line' });
    line.dataset.person = person;
    this.#lineOf.set(person, line);
    this.#lineLayer.append(line);
    return line;
  }

  // The list is a single stop of the Tab key ("roving tabindex"). The arrow keys, Home and End move the focus between its rows.
  #moveFocus(event) {
    const row = event.target.closest('li');
    const target = {
      ArrowDown: row?.nextElementSibling,
      ArrowUp: row?.previousElementSibling,
      Home: this.#root.firstElementChild,
      End: this.#root.lastElementChild,
    }[event.key];
    if (!target) return;
    event.preventDefault();
    target.querySelector('button').focus();
  }

  #makeTabStop(button) {
    if (!button.matches('.event-name')) return;
    for (const other of this.#root.querySelectorAll('[tabindex="0"]')) other.setAttribute('tabindex', '-1');
    button.setAttribute('tabindex', '0');
  }
}
