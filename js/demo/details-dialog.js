// The dialog that shows an event or a person in full.

import { byID, element, foreignText } from './dom.js';
import { conflictText, droppedText, originOf, siteProperties } from './event-text.js';
import { count, exactTime, shortID, valueText } from './format.js';
import { badge } from './looks.js';
import { warningLine } from './person-card.js';

/** Shows an event in full. */
export function showEvent(event, person, look) {
  show(
    event.event,
    fact('distinct_id', event.distinct_id),
    fact('belongs to', person, badge(look)),
    fact('time', exactTime(event.time)),
    event.clock === 'ahead' && fact('clock', 'more than a day ahead: that of the device is wrong'),
    fact('insert id', event.insert_id),
    siteProperties(event.properties).map(([name, value]) => fact(name, valueText(value))),
    element('h3', {}, 'As it was stored'),
    element('pre', { tabindex: '0', 'data-testid': 'event-json' }, JSON.stringify(event.properties, null, 2)),
  );
}

/** Shows a person in full. */
export function showPerson({ person, look, details, dropped, history }) {
  const members = details?.ids ?? [{ distinct_id: person, joined: 'original' }];
  const conflicts = details?.conflicts ?? [];
  const profile = Object.entries(details?.profile ?? {});
  show(
    [badge(look), ` ${shortID(person)}`],
    details && fact('events', String(details.events)),
    element('h3', {}, count(members.length, 'id')),
    members.map((member) => fact(origin(member), member.distinct_id)),
    element('h3', {}, 'History'),
    history.map(([time, text]) => fact(exactTime(time), text)),
    profile.length > 0 && element('h3', {}, 'Profile'),
    profile.map(([name, value]) => fact(name, valueText(value))),
    conflicts.length > 0 && element('h3', {}, count(conflicts.length, 'conflict')),
    conflicts.map((conflict) => fact(exactTime(conflict.time), conflictText(conflict))),
    droppedText(dropped) && warningLine('dropped', droppedText(dropped)),
  );
}

/** Makes the dialog close by its button and by a click beside it. The browser closes it on Escape. */
export function listenForClose() {
  const dialog = byID('details');
  dialog.addEventListener('click', ({ target }) => {
    if (target === dialog || target.closest('[data-close]')) dialog.close();
  });
}

function show(title, ...content) {
  byID('details-title').replaceChildren(...(typeof title === 'string' ? [foreignText(title)] : title));
  byID('details-content').replaceChildren(...content.flat().filter(Boolean));
  const dialog = byID('details');
  if (!dialog.open) dialog.showModal();
  dialog.scrollTop = 0;
}

function origin(member) {
  return member.time ? `${originOf(member)}, ${exactTime(member.time)}` : originOf(member);
}

function fact(name, value, mark) {
  return element(
    'div',
    { class: 'detail' },
    element('span', { class: 'muted' }, foreignText(name)),
    element('span', { class: 'code' }, mark, mark && ' ', foreignText(value ?? '')),
  );
}
