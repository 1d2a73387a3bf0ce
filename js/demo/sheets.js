// The two windows that show all of something: an event, a person. Every value in full, as text.

import { byID, element, outside } from './dom.js';
import { badge } from './marks.js';
import { conflictText, droppedText, originOf, ownProperties } from './meaning.js';
import { warningLine } from './person-card.js';
import { count, exactTime, shortID, valueText } from './text.js';

/** Shows all of an event. */
export function showEvent(event, person, look) {
  show(
    event.event,
    fact('distinct_id', event.distinct_id),
    fact('belongs to', person, badge(look)),
    fact('time', exactTime(event.time)),
    fact('insert id', event.insert_id),
    ownProperties(event.properties).map(([name, value]) => fact(name, valueText(value))),
    element('h3', {}, 'As it was stored'),
    element('pre', { tabindex: '0', 'data-testid': 'event-json' }, JSON.stringify(event.properties, null, 2)),
  );
}

/** Shows all of a person. */
export function showPerson({ person, look, portrait, dropped }) {
  const members = portrait?.ids ?? [{ distinct_id: person, joined: 'original' }];
  const conflicts = portrait?.conflicts ?? [];
  const profile = Object.entries(portrait?.profile ?? {});
  show(
    [badge(look), ` ${shortID(person)}`],
    portrait && fact('events', String(portrait.events)),
    element('h3', {}, count(members.length, 'id')),
    members.map((member) => fact(origin(member), member.distinct_id)),
    profile.length > 0 && element('h3', {}, 'Profile'),
    profile.map(([name, value]) => fact(name, valueText(value))),
    conflicts.length > 0 && element('h3', {}, count(conflicts.length, 'conflict')),
    conflicts.map((conflict) => fact(exactTime(conflict.time), conflictText(conflict))),
    droppedText(dropped) && warningLine('dropped', droppedText(dropped)),
  );
}

/** Lets the sheet be closed by its button, by Escape and by a click beside it. */
export function watchSheet() {
  const sheet = byID('sheet');
  sheet.addEventListener('click', ({ target }) => {
    if (target === sheet || target.closest('[data-close]')) sheet.close();
  });
}

function show(title, ...content) {
  byID('sheet-title').replaceChildren(...(typeof title === 'string' ? [outside(title)] : title));
  byID('sheet-content').replaceChildren(...content.flat().filter(Boolean));
  const sheet = byID('sheet');
  if (!sheet.open) sheet.showModal();
  sheet.scrollTop = 0;
}

function origin(member) {
  return member.time ? `${originOf(member)}, ${exactTime(member.time)}` : originOf(member);
}

function fact(name, value, mark) {
  return element(
    'div',
    { class: 'fact' },
    element('span', { class: 'soft' }, outside(name)),
    element('span', { class: 'code' }, mark, mark && ' ', outside(value ?? '')),
  );
}
