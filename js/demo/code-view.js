// Shows calls as code.

import { codeOf } from './call.js';
import { element } from './dom.js';

/** Returns an element with the code of the calls, one a line. */
export function codeView(calls, attributes = {}) {
  return element('code', { class: 'code', ...attributes }, calls.map(line));
}

function line(made) {
  const [before, method, after] = codeOf(made);
  return element('span', { class: 'code-line' }, element('span', {}, before), element('b', {}, method), after, '\n');
}
