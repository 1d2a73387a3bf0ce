// The part of the demo that makes the classic mistakes.

import { announce } from './announce.js';
import { read, write } from './browser-storage.js';
import { codeView } from './code-view.js';
import { byID, element, foreignText } from './dom.js';
import { conflictText } from './event-text.js';
import { count } from './format.js';
import { applyLook, badge } from './looks.js';
import { mistakes } from './mistakes.js';
import { memberItem, warningLine } from './person-card.js';
import { runMistake } from './run-mistake.js';
import { warningView } from './warning-view.js';

/** The buttons of the classic mistakes, and the result of the last one. */
export class MistakePanel {
  #token;
  #liveView;
  #warnings = [];
  #explain = (warning) => this.#showWarning(warning);

  constructor(token, liveView) {
    this.#token = token;
    this.#liveView = liveView;
    byID('mistakes').replaceChildren(...mistakes.map((mistake) => this.#button(mistake)));
  }

  #button(mistake) {
    const button = element(
      'button',
      { type: 'button', 'data-testid': `mistake-${mistake.name}`, onclick: () => this.#run(mistake, button) },
      mistake.title,
    );
    return element('li', {}, button);
  }

  async #run(mistake, button) {
    const board = byID('mistakes');
    if (board.hasAttribute('aria-busy')) return;
    board.setAttribute('aria-busy', 'true');
    for (const other of board.querySelectorAll('button')) other.setAttribute('aria-pressed', String(other === button));
    this.#warnings = [];
    const attempt = mistake.make({ token: this.#token, n: this.#nextNumber(), explain: this.#explain });
    this.#showRunning(mistake, attempt);
    try {
      this.#showOutcome(mistake, attempt, await runMistake(attempt, this.#liveView.collector));
    } catch (error) {
      this.#showFailure(error.message);
    }
    board.removeAttribute('aria-busy');
  }

  // An alias cannot be undone, so each run uses new persons and devices, which are named by this number.
  #nextNumber() {
    const key = `throughline-tries-${this.#token}`;
    const n = Number(read('localStorage', key)) + 1;
    write('localStorage', key, String(n));
    return n;
  }

  #showRunning(mistake, { pageLoads }) {
    const result = byID('mistake-result');
    result.hidden = false;
    result.dataset.state = 'running';
    result.dataset.mistake = mistake.name;
    byID('mistake-title').textContent = mistake.title;
    const loadsText =
      pageLoads.length > 1 && element('p', { class: 'muted' }, `On ${pageLoads.length} page loads in a row:`);
    byID('mistake-code').replaceChildren(loadsText || '', codeView(pageLoads[0]));
    byID('mistake-warnings').replaceChildren();
    byID('mistake-outcome').replaceChildren(element('p', { class: 'muted' }, 'Waiting for the collector…'));
    const prefersReducedMotion = matchMedia('(prefers-reduced-motion: reduce)').matches;
    byID('mistakes-title').scrollIntoView({ block: 'start', behavior: prefersReducedMotion ? 'auto' : 'smooth' });
  }

  #showWarning(warning) {
    if (this.#warnings.some(({ code, what }) => code === warning.code && what === warning.what)) return;
    this.#warnings.push(warning);
    byID('mistake-warnings').append(warningView(warning));
  }

  #showOutcome(mistake, attempt, outcome) {
    if (!outcome) {
      this.#showFailure('The collector did not take the events yet. They are kept, and sent when it answers.');
      return;
    }
    byID('mistake-result').dataset.state = 'done';
    const conclusion = mistake.conclude({ ...outcome, people: attempt.people });
    byID('mistake-outcome').replaceChildren(
      element('p', { class: 'conclusion', 'data-testid': 'conclusion' }, foreignText(conclusion)),
      element(
        'ul',
        { class: 'outcome' },
        outcome.persons.map((person) => this.#personItem(person)),
      ),
    );
    announce(`${this.#warnings.map(({ code, what }) => `Warning ${code}. ${what}`).join(' ')} ${conclusion}`);
  }

  #personItem({ person, ids, conflicts, events }) {
    const look = this.#liveView.people.lookOf(person);
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
      element('span', { class: 'muted' }, count(events, 'event')),
    );
    item.dataset.person = person;
    applyLook(item, look);
    return item;
  }

  #showFailure(message) {
    byID('mistake-result').dataset.state = 'failed';
    byID('mistake-outcome').replaceChildren(element('p', { class: 'note', 'data-testid': 'conclusion' }, message));
    announce(message);
  }
}
