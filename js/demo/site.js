// The left side of the demo page: the site on which the visitor acts.

import { newDemoToken } from './address.js';
import { announce } from './announce.js';
import { removeMatching } from './browser-storage.js';
import { instanceOf, run } from './call.js';
import { codeView } from './code-view.js';
import { byID, element, foreignText } from './dom.js';
import { droppedText } from './event-text.js';
import { clip, shortID } from './format.js';
import { applyLook, badge } from './looks.js';
import { accounts, setUp, story } from './story.js';
import { warningView } from './warning-view.js';

const identityMethods = ['alias', 'identify', 'reset'];
const maxWarnings = 3;

/** The demo's site: its buttons, the code that each runs, and the distinct_ids of this browser. */
export class Site {
  #token;
  #people;
  #explain = (warning) => this.#showWarning(warning);
  #steps = new Map(); // name -> { item, button, id }
  #logouts = 0; // how many visitors have logged out so far
  #pendingRuns = 0; // steps whose calls may still wait for the core; until then the distinct_id is not known
  #idChanges = new Map(); // instance -> what its last identity call did to the distinct_id

  constructor(token, people) {
    this.#token = token;
    this.#people = people;
    byID('account').value = accounts[0];
    byID('account').addEventListener('input', () => this.#showCode());
    byID('start-over').addEventListener('click', () => startOver(token));
    byID('steps').replaceChildren(...this.#story().map((step) => this.#createStep(step)));
    byID('set-up-code').replaceChildren(codeView([setUp(token, this.#explain)]));
    this.#highlightStep('browse');
  }

  /** Initialises the library, and enables the buttons. */
  async start() {
    await run(setUp(this.#token, this.#explain));
    for (const { button } of this.#steps.values()) button.disabled = false;
    this.showWho();
    byID('core').dataset.state = (await window.throughline.ready) ? 'running' : 'failed';
    this.showWho();
  }

  /** Shows the distinct_ids of this browser, and which person took each step. */
  showWho() {
    if (this.#pendingRuns) return;
    const instances = ['throughline', ...('phone' in window.throughline ? ['throughline.phone'] : [])];
    byID('visitor').replaceChildren(...instances.map((on) => this.#visitorItem(on)));
    for (const step of this.#steps.values()) this.#updateStep(step);
    const dropped = droppedText(instanceOf('throughline').get_property('$dropped') ?? {});
    byID('visitor-dropped').textContent = dropped;
    byID('visitor-dropped').hidden = !dropped;
  }

  #story() {
    return story(this.#token, byID('account').value.trim(), this.#explain);
  }

  #createStep({ name, title, calls }) {
    const button = element('button', { type: 'button', disabled: true, 'data-testid': name }, title);
    const badgeSlot = element('span', { class: 'step-badge' });
    const item = element(
      'li',
      { class: 'step', 'data-step': name },
      element('i', { class: 'dot shape' }),
      element('div', { class: 'step-head' }, button, badgeSlot),
      codeView(calls, { 'data-testid': `code-${name}` }),
    );
    button.addEventListener('click', () => this.#runStep(name));
    this.#steps.set(name, { item, button, badgeSlot, id: undefined });
    return item;
  }

  async #runStep(name) {
    const calls = this.#story().find((step) => step.name === name).calls;
    const on = calls.at(-1).on;
    const before = this.#pendingRuns || !exists(on) ? undefined : instanceOf(on).get_distinct_id();
    if (name === 'browse' && this.#steps.get('log-out').id !== undefined) this.#clearSteps();
    this.#steps.get(name).id = name === 'log-out' ? before : '';
    this.#pendingRuns++;
    for (const nextCall of calls) await run(nextCall);
    await window.throughline.ready;
    this.#pendingRuns--;
    const after = instanceOf(on).get_distinct_id();
    if (name !== 'log-out') this.#steps.get(name).id = after;
    const changing = calls.find(({ method }) => identityMethods.includes(method));
    if (changing) this.#idChanges.set(on, changeText(changing.method, before, after));
    if (name === 'log-out') this.#suggestAccount();
    this.#highlightNext(name);
    this.showWho();
  }

  #suggestAccount() {
    this.#logouts++;
    byID('account').value = accounts[this.#logouts] ?? `visitor-${this.#logouts + 1}`;
    this.#showCode();
  }

  #clearSteps() {
    for (const step of this.#steps.values()) step.id = undefined;
    this.#idChanges.delete('throughline');
  }

  #showCode() {
    for (const { name, calls } of this.#story()) {
      this.#steps
        .get(name)
        .item.querySelector('code')
        .replaceWith(codeView(calls, { 'data-testid': `code-${name}` }));
    }
  }

  #highlightNext(name) {
    const names = [...this.#steps.keys()];
    this.#highlightStep(names[(names.indexOf(name) + 1) % names.length]);
  }

  #highlightStep(name) {
    for (const [other, { item }] of this.#steps) item.classList.toggle('next', other === name);
  }

  #updateStep({ item, badgeSlot, id }) {
    const look = id ? this.#people.lookIfKnown(id) : undefined;
    item.classList.toggle('done', id !== undefined);
    badgeSlot.replaceChildren(...(look ? [badge(look)] : []));
    if (look) applyLook(item, look);
    else for (const name of ['hue', 'shape']) delete item.dataset[name];
  }

  #visitorItem(on) {
    const id = instanceOf(on).get_distinct_id() ?? '';
    const look = this.#people.lookIfKnown(id);
    const line = element(
      'li',
      { 'data-testid': 'visitor', 'data-instance': on },
      element('code', { class: 'code muted' }, `${on}.get_distinct_id()`),
      element('span', { class: 'visitor-id' }, badge(look), foreignText(clip(id), { class: 'code', title: clip(id) })),
      this.#idChanges.has(on) && element('small', { class: 'muted' }, this.#idChanges.get(on)),
    );
    line.dataset.distinctId = id;
    if (look) line.dataset.person = this.#people.personOf(id);
    return line;
  }

  #showWarning(warning) {
    const panel = byID('warnings');
    byID('warning-panel').hidden = false;
    panel.prepend(warningView(warning));
    while (panel.children.length > maxWarnings) panel.lastElementChild.remove();
    panel.firstElementChild.scrollIntoView({ block: 'nearest' });
    announce(`Warning ${warning.code}. ${warning.what} ${warning.mend}`);
  }
}

// Reports whether an instance exists. The operator `in` is used because reading an unknown name does not return undefined: it returns a
// function that gives the warning `unknown_method`.
function exists(on) {
  return on === 'throughline' || on.split('.')[1] in window.throughline;
}

function changeText(method, before, after) {
  if (before === undefined) return '';
  if (before === after) return `${method}() left it as it was`;
  return `${method}() changed it: it was ${shortID(before)}`;
}

// Begins a new project, and removes everything of the old one from this browser.
function startOver(token) {
  removeMatching('localStorage', token);
  newDemoToken();
  location.assign(location.pathname);
}
