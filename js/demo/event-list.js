import { element } from './dom.js';
import { wear } from './marks.js';
import { Row } from './row.js';
import { threads } from './threads.js';

const fewestLanes = 2; // The first person's line must not move when the second comes.
const mostLively = 20; // New rows at once; more do not move in, they are just there.

/** The list of events with its people's lines. Rows are made once and moved never, so a flood costs only what is new. */
export class EventList {
  #root;
  #lines;
  #people;
  #open;
  #rows = new Map(); // event id -> Row
  #threads = new Map();
  #lineOf = new Map(); // person -> element
  #lanes = fewestLanes;

  /** `root` is the `ol`, `lines` the layer beneath it. */
  constructor(root, lines, people, open) {
    this.#root = root;
    this.#lines = lines;
    this.#people = people;
    this.#open = open;
    root.addEventListener('keydown', (event) => this.#walk(event));
    root.addEventListener('focusin', ({ target }) => this.#makeStop(target));
  }

  /** Shows these events, newest first. */
  show(events, lanes) {
    const persons = events.map(({ distinct_id }) => this.#people.personOf(distinct_id));
    this.#threads = threads(persons, lanes, this.#threads);
    this.#makeRoom(lanes);
    const fresh = events.filter(({ id }) => !this.#rows.has(id));
    const lively = this.#rows.size > 0 && fresh.length <= mostLively;
    for (const event of fresh) this.#add(event, lively);
    this.#remove(events);
    this.#order(events);
    events.forEach((event, index) => {
      const row = this.#rows.get(event.id);
      row.belongTo(persons[index], this.#people);
      row.standIn(this.#threads.get(persons[index]).lane);
    });
    this.#draw();
    if (!this.#root.querySelector('[tabindex="0"]')) this.#root.querySelector('button')?.setAttribute('tabindex', '0');
  }

  /** Brings out one person's line, or with undefined nobody's. */
  bringOut(person) {
    for (const [whose, line] of this.#lineOf) line.classList.toggle('out', whose === person);
  }

  // Only as much room as was ever needed: the rest is the events'. Never less again, or a flood would make the rows tremble.
  #makeRoom(most) {
    for (const { lane } of this.#threads.values()) this.#lanes = Math.max(this.#lanes, lane + 1);
    this.#root.closest('.feed').style.setProperty('--lanes', Math.min(this.#lanes, most));
  }

  #add(event, lively) {
    const row = new Row(event, this.#open);
    if (lively) row.element.classList.add('new');
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

  #order(events) {
    let next = this.#root.firstElementChild;
    for (const { id } of events) {
      const row = this.#rows.get(id).element;
      if (row === next) next = next.nextElementSibling;
      else this.#root.insertBefore(row, next);
    }
  }

  #draw() {
    for (const [person, line] of this.#lineOf) {
      if (this.#threads.has(person)) continue;
      line.remove();
      this.#lineOf.delete(person);
    }
    for (const [person, { lane, from, to, alone }] of this.#threads) {
      const line = this.#lineOf.get(person) ?? this.#newLine(person);
      line.hidden = !alone || from === to;
      wear(line, this.#people.lookOf(person));
      line.style.cssText = `--lane: ${lane}; --from: ${from}; --to: ${to}`;
    }
  }

  #newLine(person) {
    const line = element('i', { class: 'line' });
    line.dataset.person = person;
    this.#lineOf.set(person, line);
    this.#lines.append(line);
    return line;
  }

  // Two hundred rows are one stop of the Tab key; the arrows walk among them.
  #walk(event) {
    const row = event.target.closest('li');
    const to = {
      ArrowDown: row?.nextElementSibling,
      ArrowUp: row?.previousElementSibling,
      Home: this.#root.firstElementChild,
      End: this.#root.lastElementChild,
    }[event.key];
    if (!to) return;
    event.preventDefault();
    to.querySelector('button').focus();
  }

  #makeStop(button) {
    if (!button.matches('.name')) return;
    for (const other of this.#root.querySelectorAll('[tabindex="0"]')) other.setAttribute('tabindex', '-1');
    button.setAttribute('tabindex', '0');
  }
}
