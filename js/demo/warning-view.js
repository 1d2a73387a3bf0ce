import { element, outside } from './dom.js';

/** A warning of the library's: its code, what happened, how to mend it. */
export function warningView({ code, what, mend, link }) {
  return element(
    'div',
    { class: 'warning', 'data-testid': 'warning', 'data-code': code },
    element(
      'a',
      { class: 'code', href: link, target: '_blank', rel: 'noreferrer', 'data-testid': 'warning-code' },
      code,
    ),
    element('p', { 'data-testid': 'warning-what' }, outside(what)),
    element('p', { class: 'mend', 'data-testid': 'warning-mend' }, element('strong', {}, 'Mend: '), outside(mend)),
  );
}
