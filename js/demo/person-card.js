import { element, outside, unseen } from './dom.js';
import { badge, wear } from './marks.js';
import { conflictText, droppedText, originOf } from './meaning.js';
import { clip, count, timeOf } from './text.js';

const mostIDs = 4;
const mostConflicts = 2;

/**
 * A person at a glance: the ids, where each came from, conflicts, what was dropped.
 * `portrait` is the collector's answer; undefined until it is there. `acts` has open() and follow().
 */
export function personCard({ person, look, portrait, dropped, followed }, acts) {
  const members = portrait?.ids ?? [{ distinct_id: person, joined: 'original' }];
  const conflicts = portrait?.conflicts ?? [];
  const card = element(
    'li',
    { class: 'card', 'data-testid': 'person-card' },
    element(
      'header',
      {},
      element(
        'button',
        { type: 'button', class: 'who', onclick: acts.open, 'data-testid': 'person-open' },
        badge(look),
        unseen(': show all'),
      ),
      element(
        'span',
        { class: 'soft', 'data-testid': 'person-events' },
        portrait ? count(portrait.events, 'event') : '',
      ),
      element(
        'button',
        {
          type: 'button',
          class: 'quiet',
          'aria-pressed': String(followed),
          onclick: acts.follow,
          'data-testid': 'person-follow',
        },
        `Only ${look.label}`,
      ),
    ),
    element('ul', { class: 'ids' }, members.slice(0, mostIDs).map(memberItem)),
    more(members.length - mostIDs, 'more id', acts.open),
    conflicts.slice(0, mostConflicts).map((conflict) => warningLine('conflict', conflictText(conflict))),
    more(conflicts.length - mostConflicts, 'more conflict', acts.open),
    droppedText(dropped) && warningLine('dropped', droppedText(dropped)),
  );
  card.dataset.person = person;
  wear(card, look);
  return card;
}

/** One id of a person, and where it came from. */
export function memberItem(member) {
  const item = element(
    'li',
    { 'data-testid': 'person-id', 'data-joined': member.joined },
    outside(clip(member.distinct_id), { class: 'code', title: clip(member.distinct_id) }),
    element('small', {}, outside(originOf(member)), member.time ? `, ${timeOf(member.time)}` : ''),
  );
  item.dataset.distinctId = member.distinct_id;
  return item;
}

/** A line that says that something is not as it should be. */
export function warningLine(kind, text) {
  return element('p', { class: `note ${kind}`, 'data-testid': kind }, outside(text));
}

function more(n, what, open) {
  return n > 0 && element('button', { type: 'button', class: 'quiet more', onclick: open }, `and ${count(n, what)}`);
}
