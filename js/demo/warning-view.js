// Shows a warning of the library.

import { element, foreignText } from './dom.js';

/** Creates an element with the code of a warning, what happened, and how to mend it. */
export function warningView({ code, what, mend, link }) {
  return element(
    'div',
    { class: 'warning', 'data-testid': 'warning', 'data-code': code },
    element(
      'a',
      { class: 'code', href: link, target: '_blank', rel: 'noreferrer', 'data-testid': 'warning-code' },
      code,
    ),
    element('p', { 'data-testid': 'warning-what' }, foreignText(what)),
    element('p', { class: 'mend', 'data-testid': 'warning-mend' }, element('strong', {}, 'Mend: '), foreignText(mend)),
  );
}
