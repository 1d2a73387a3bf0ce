import { announce } from './announce.js';
import { codeView } from './code-view.js';
import { byID, element, outside } from './dom.js';
import { experiment } from './experiment.js';
import { badge, wear } from './marks.js';
import { conflictText } from './meaning.js';
import { read, write } from './memory.js';
import { mistakes } from './mistakes.js';
import { memberItem, warningLine } from './person-card.js';
import { count } from './text.js';
import { warningView } from './warning-view.js';

/** The buttons that make the classic mistakes, and what came of the last one. */
export class MistakeBoard {
  #token;
  #live;
  #warnings = [];
  #explain = (warning) => this.#hear(warning);

  constructor(token, live) {
    this.#token = token;
    this.#live = live;
    byID('mistakes').replaceChildren(...mistakes.map((mistake) => this.#button(mistake)));
  }

  #button(mistake) {
    const button = element(
      'button',
      { type: 'button', 'data-testid': `mistake-${mistake.name}`, onclick: () => this.#make(mistake, button) },
      mistake.title,
    );
    return element('li', {}, button);
  }

  async #make(mistake, button) {
    const board = byID('mistakes');
    if (board.hasAttribute('aria-busy')) return;
    board.setAttribute('aria-busy', 'true');
    for (const other of board.querySelectorAll('button')) other.setAttribute('aria-pressed', String(other === button));
    this.#warnings = [];
    const attempt = mistake.make({ token: this.#token, n: this.#nextNumber(), explain: this.#explain });
    this.#begin(mistake, attempt);
    try {
      this.#end(mistake, attempt, await experiment(attempt, this.#live.collector));
    } catch (error) {
      this.#fail(error.message);
    }
    board.removeAttribute('aria-busy');
  }

  // Aliases are for ever: every try has people and devices of its own.
  #nextNumber() {
    const key = `throughline-tries-${this.#token}`;
    const n = Number(read('localStorage', key)) + 1;
    write('localStorage', key, String(n));
    return n;
  }

  #begin(mistake, { visits }) {
    const result = byID('mistake-result');
    result.hidden = false;
    result.dataset.state = 'running';
    result.dataset.mistake = mistake.name;
    byID('mistake-title').textContent = mistake.title;
    const times = visits.length > 1 && element('p', { class: 'soft' }, `On ${visits.length} page loads in a row:`);
    byID('mistake-code').replaceChildren(times || '', codeView(visits[0]));
    byID('mistake-warnings').replaceChildren();
    byID('mistake-outcome').replaceChildren(element('p', { class: 'soft' }, 'Waiting for the collector…'));
    const calm = matchMedia('(prefers-reduced-motion: reduce)').matches;
    byID('mistakes-title').scrollIntoView({ block: 'start', behavior: calm ? 'auto' : 'smooth' });
  }

  #hear(warning) {
    if (this.#warnings.some(({ code, what }) => code === warning.code && what === warning.what)) return;
    this.#warnings.push(warning);
    byID('mistake-warnings').append(warningView(warning));
  }

  #end(mistake, attempt, outcome) {
    if (!outcome) {
      this.#fail('The collector did not take the events yet. They are kept, and sent when it answers.');
      return;
    }
    byID('mistake-result').dataset.state = 'done';
    const verdict = mistake.verdict({ ...outcome, people: attempt.people });
    byID('mistake-outcome').replaceChildren(
      element('p', { class: 'verdict', 'data-testid': 'verdict' }, outside(verdict)),
      element(
        'ul',
        { class: 'outcome' },
        outcome.persons.map((person) => this.#personItem(person)),
      ),
    );
    announce(`${this.#warnings.map(({ code, what }) => `Warning ${code}. ${what}`).join(' ')} ${verdict}`);
  }

  #personItem({ person, ids, conflicts, events }) {
    const look = this.#live.people.lookOf(person);
    const item = element(
      'li',
      { 'data-testid': 'outcome-person' },
      badge(look),
      element(
        'div',
        {},
        element('ul', { class: 'ids' }, ids.map(memberItem)),
        conflicts.map((conflict) => warningLine('conflict', conflictText(conflict))),
      ),
      element('span', { class: 'soft' }, count(events, 'event')),
    );
    item.dataset.person = person;
    wear(item, look);
    return item;
  }

  #fail(message) {
    byID('mistake-result').dataset.state = 'failed';
    byID('mistake-outcome').replaceChildren(element('p', { class: 'note', 'data-testid': 'verdict' }, message));
    announce(message);
  }
}
