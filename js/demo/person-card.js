// The card of a person.

import { element, foreignText, visuallyHidden } from './dom.js';
import { conflictText, droppedText, originOf } from './event-text.js';
import { clip, count, timeOf } from './format.js';
import { applyLook, badge } from './looks.js';

const maxIDs = 4;
const maxConflicts = 2;

/**
 * Creates the card of a person: the first ids and how they joined, conflicts, and dropped events. `details` is the answer of the collector,
 * undefined until it has come. `actions` has open() and follow().
 */
export function personCard({ person, look, details, dropped, followed }, actions) {
  const members = details?.ids ?? [{ distinct_id: person, joined: 'original' }];
  const conflicts = details?.conflicts ?? [];
  const card = element(
    'li',
    { class: 'card', 'data-testid': 'person-card' },
    element(
      'header',
      {},
      element(
        'button',
        { type: 'button', class: 'person-name', onclick: actions.open, 'data-testid': 'person-open' },
        badge(look),
        visuallyHidden(': show all'),
      ),
      element(
        'span',
        { class: 'muted', 'data-testid': 'person-events' },
        details ? count(details.events, 'event') : '',
      ),
      element(
        'button',
        {
          type: 'button',
          class: 'quiet',
          'aria-pressed': String(followed),
          onclick: actions.follow,
          'data-testid': 'person-follow',
        },
        `Only ${look.label}`,
      ),
    ),
    element('ul', { class: 'ids' }, members.slice(0, maxIDs).map(memberItem)),
    more(members.length - maxIDs, 'more id', actions.open),
    conflicts.slice(0, maxConflicts).map((conflict) => warningLine('conflict', conflictText(conflict))),
    more(conflicts.length - maxConflicts, 'more conflict', actions.open),
    droppedText(dropped) && warningLine('dropped', droppedText(dropped)),
  );
  card.dataset.person = person;
  applyLook(card, look);
  return card;
}

/** Creates the list item of an id of a person, with the way in which it joined. */
export function memberItem(member) {
  const item = element(
    'li',
    { 'data-testid': 'person-id', 'data-joined': member.joined },
    foreignText(clip(member.distinct_id), { class: 'code', title: clip(member.distinct_id) }),
    element('small', {}, foreignText(originOf(member)), member.time ? `, ${timeOf(member.time)}` : ''),
  );
  item.dataset.distinctId = member.distinct_id;
  return item;
}

/** Creates a line about a problem. */
export function warningLine(kind, text) {
  return element('p', { class: `note ${kind}`, 'data-testid': kind }, foreignText(text));
}

function more(n, what, open) {
  return n > 0 && element('button', { type: 'button', class: 'quiet more', onclick: open }, `and ${count(n, what)}`);
}
