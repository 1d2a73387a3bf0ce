// What Live View says about itself: how the connection is, and why there is nothing to see.

import { announce } from './announce.js';
import { byID, element } from './dom.js';

const names = {
  connecting: 'Connecting',
  live: 'Live',
  paused: 'Paused',
  down: 'Reconnecting',
  locked: 'Key needed',
  denied: 'No access',
};

/** Shows how the connection is, in the header. */
export function showConnection(state) {
  const chip = byID('connection');
  if (chip.dataset.state === state) return;
  chip.dataset.state = state;
  byID('connection-name').textContent = names[state];
  announce(`Live View: ${names[state]}`);
}

/**
 * Shows what stands above the list: `kind` is 'connecting', 'empty', 'nothing-matches', 'down', 'locked', 'denied', or '' for nothing.
 * `acts` has retry(), clear() and giveKey(key).
 */
export function showNotice(kind, facts, acts) {
  const box = byID('notice');
  const same = `${kind} ${facts.message ?? ''} ${facts.wrongKey ?? ''}`;
  if (box.dataset.shows === same) return;
  box.dataset.shows = same;
  box.dataset.kind = kind;
  box.hidden = !kind;
  box.replaceChildren(...(kind ? contents[kind](facts, acts) : []));
  if (facts.wrongKey) box.querySelector('input')?.focus(); // Whoever typed it wants to type it again.
}

const contents = {
  connecting: () => [element('p', {}, 'Asking the collector for what it has…')],
  empty: ({ alone, token }) => (alone ? emptyProject(token) : emptyDemo()),
  'nothing-matches': (_facts, { clear }) => [
    element('p', {}, 'None of the events kept here match.'),
    element('button', { type: 'button', onclick: clear, 'data-testid': 'clear-filter' }, 'Show all'),
  ],
  down: ({ message, alone }, { retry }) => [
    element('p', {}, element('strong', {}, 'The collector does not answer. '), message ?? ''),
    element(
      'p',
      { class: 'soft' },
      alone
        ? 'Live View tries again by itself, and catches up when it is back.'
        : 'Go on: what is tracked waits in this browser, and is sent when the collector is back.',
    ),
    element('button', { type: 'button', onclick: retry, 'data-testid': 'retry' }, 'Try now'),
  ],
  locked: ({ wrongKey }, { giveKey }) => [keyForm(wrongKey, giveKey)],
  denied: ({ message }) => [element('p', {}, element('strong', {}, 'The collector lets nobody read here: '), message)],
};

function emptyDemo() {
  return [
    element('p', { class: 'large' }, 'Nothing has happened yet.'),
    element('p', { class: 'soft' }, 'Press Browse: the event appears here as soon as the collector has stored it.'),
  ];
}

function emptyProject(token) {
  const code = `throughline.init('${token}', { api_host: '${location.origin}' })\nthroughline.track('Hello')`;
  return [
    element('p', { class: 'large' }, 'No event of this project yet.'),
    element('p', { class: 'soft' }, 'Whatever a page sends with this token appears here:'),
    element('pre', { class: 'code' }, code),
  ];
}

function keyForm(wrongKey, giveKey) {
  const input = element('input', {
    type: 'password',
    id: 'key',
    name: 'key',
    autocomplete: 'current-password',
    required: true,
    'data-testid': 'key',
  });
  const form = element(
    'form',
    { 'data-testid': 'key-form' },
    element('p', { class: 'large' }, wrongKey ? 'That is not the key.' : 'Reading needs a key.'),
    element('p', { class: 'soft' }, 'It is what the collector was started with, as --read-key.'),
    element('label', { for: 'key' }, 'Read key'),
    input,
    element('button', { type: 'submit' }, 'Open Live View'),
  );
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    giveKey(input.value);
  });
  return form;
}
