import { codeOf } from './call.js';
import { element } from './dom.js';

/** Calls as lines of code. */
export function codeView(calls, attributes = {}) {
  return element('code', { class: 'code', ...attributes }, calls.map(line));
}

function line(made) {
  const [before, method, after] = codeOf(made);
  return element('span', { class: 'line-of-code' }, element('span', {}, before), element('b', {}, method), after, '\n');
}
