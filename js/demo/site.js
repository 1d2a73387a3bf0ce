import { newDemoToken } from './address.js';
import { announce } from './announce.js';
import { instanceOf, run } from './call.js';
import { codeView } from './code-view.js';
import { byID, element, outside } from './dom.js';
import { badge, wear } from './marks.js';
import { droppedText } from './meaning.js';
import { forget } from './memory.js';
import { accounts, setUp, story } from './story.js';
import { clip, shortID } from './text.js';
import { warningView } from './warning-view.js';

const identityMethods = ['alias', 'identify', 'reset'];
const mostWarnings = 3;

/** The demo's site: its buttons, the code beside them, and who this browser is. */
export class Site {
  #token;
  #people;
  #explain = (warning) => this.#hear(warning);
  #steps = new Map(); // name -> { item, button, id }
  #visitor = 0; // how many logged out before
  #unsettled = 0; // calls that may still wait for the core: who this browser is, is not known meanwhile
  #changes = new Map(); // instance -> what the last identity call did to its id

  constructor(token, people) {
    this.#token = token;
    this.#people = people;
    byID('account').value = accounts[0];
    byID('account').addEventListener('input', () => this.#showCode());
    byID('start-over').addEventListener('click', () => startOver(token));
    byID('steps').replaceChildren(...this.#story().map((step) => this.#makeStep(step)));
    byID('set-up-code').replaceChildren(codeView([setUp(token, this.#explain)]));
    this.#suggest('browse');
  }

  /** Runs the set-up: from here on the buttons work. */
  async start() {
    await run(setUp(this.#token, this.#explain));
    for (const { button } of this.#steps.values()) button.disabled = false;
    this.showWho();
    byID('core').dataset.state = (await window.throughline.ready) ? 'running' : 'failed';
    this.showWho();
  }

  /** Shows who this browser is, and whose each step was. */
  showWho() {
    if (this.#unsettled) return;
    const instances = ['throughline', ...('phone' in window.throughline ? ['throughline.phone'] : [])];
    byID('who').replaceChildren(...instances.map((on) => this.#who(on)));
    for (const step of this.#steps.values()) this.#mark(step);
    const dropped = droppedText(instanceOf('throughline').get_property('$dropped') ?? {});
    byID('who-dropped').textContent = dropped;
    byID('who-dropped').hidden = !dropped;
  }

  #story() {
    return story(this.#token, byID('account').value.trim(), this.#explain);
  }

  #makeStep({ name, title, calls }) {
    const button = element('button', { type: 'button', disabled: true, 'data-testid': name }, title);
    const mark = element('span', { class: 'step-mark' });
    const item = element(
      'li',
      { class: 'step', 'data-step': name },
      element('i', { class: 'dot mark' }),
      element('div', { class: 'step-head' }, button, mark),
      codeView(calls, { 'data-testid': `code-${name}` }),
    );
    button.addEventListener('click', () => this.#take(name));
    this.#steps.set(name, { item, button, mark, id: undefined });
    return item;
  }

  async #take(name) {
    const calls = this.#story().find((step) => step.name === name).calls;
    const on = calls.at(-1).on;
    const before = this.#unsettled || !exists(on) ? undefined : instanceOf(on).get_distinct_id();
    if (name === 'browse' && this.#steps.get('log-out').id !== undefined) this.#beginAnew();
    this.#steps.get(name).id = name === 'log-out' ? before : '';
    this.#unsettled++;
    for (const made of calls) await run(made);
    await window.throughline.ready;
    this.#unsettled--;
    const after = instanceOf(on).get_distinct_id();
    if (name !== 'log-out') this.#steps.get(name).id = after;
    const changing = calls.find(({ method }) => identityMethods.includes(method));
    if (changing) this.#changes.set(on, changeText(changing.method, before, after));
    if (name === 'log-out') this.#nextVisitor();
    this.#suggestAfter(name);
    this.showWho();
  }

  #nextVisitor() {
    this.#visitor++;
    byID('account').value = accounts[this.#visitor] ?? `visitor-${this.#visitor + 1}`;
    this.#showCode();
  }

  #beginAnew() {
    for (const step of this.#steps.values()) step.id = undefined;
    this.#changes.delete('throughline');
  }

  #showCode() {
    for (const { name, calls } of this.#story()) {
      this.#steps
        .get(name)
        .item.querySelector('code')
        .replaceWith(codeView(calls, { 'data-testid': `code-${name}` }));
    }
  }

  #suggestAfter(name) {
    const names = [...this.#steps.keys()];
    this.#suggest(names[(names.indexOf(name) + 1) % names.length]);
  }

  #suggest(name) {
    for (const [other, { item }] of this.#steps) item.classList.toggle('next', other === name);
  }

  #mark({ item, mark, id }) {
    const look = id ? this.#people.seenLook(id) : undefined;
    item.classList.toggle('done', id !== undefined);
    mark.replaceChildren(...(look ? [badge(look)] : []));
    if (look) wear(item, look);
    else for (const name of ['hue', 'shape']) delete item.dataset[name];
  }

  #who(on) {
    const id = instanceOf(on).get_distinct_id() ?? '';
    const look = this.#people.seenLook(id);
    const line = element(
      'li',
      { 'data-testid': 'who', 'data-instance': on },
      element('code', { class: 'code soft' }, `${on}.get_distinct_id()`),
      element('span', { class: 'who-id' }, badge(look), outside(clip(id), { class: 'code', title: clip(id) })),
      this.#changes.has(on) && element('small', { class: 'soft' }, this.#changes.get(on)),
    );
    line.dataset.distinctId = id;
    if (look) line.dataset.person = this.#people.personOf(id);
    return line;
  }

  #hear(warning) {
    const panel = byID('warnings');
    byID('warning-panel').hidden = false;
    panel.prepend(warningView(warning));
    while (panel.children.length > mostWarnings) panel.lastElementChild.remove();
    panel.firstElementChild.scrollIntoView({ block: 'nearest' });
    announce(`Warning ${warning.code}. ${warning.what} ${warning.mend}`);
  }
}

// Asking the library for a name that it does not have is a misuse, and gives a warning.
function exists(on) {
  return on === 'throughline' || on.split('.')[1] in window.throughline;
}

function changeText(method, before, after) {
  if (before === undefined) return '';
  if (before === after) return `${method}() left it as it was`;
  return `${method}() changed it: it was ${shortID(before)}`;
}

// A new project, and nothing left of the old one in this browser.
function startOver(token) {
  forget('localStorage', token);
  newDemoToken();
  location.assign(location.pathname);
}
