// Shows the state of the connection, and a message above the list of events, for example when there are none.

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

/** Shows the state of the connection in the header. */
export function showConnectionState(state) {
  const chip = byID('connection');
  if (chip.dataset.state === state) return;
  chip.dataset.state = state;
  byID('connection-name').textContent = names[state];
  announce(`Live View: ${names[state]}`);
}

/**
 * Shows a message above the list. `kind` is 'connecting', 'empty', 'nothing-matches', 'down', 'locked', 'denied', or '' for no message.
 * `actions` has retry(), clear() and giveKey(key).
 */
export function showStatusMessage(kind, facts, actions) {
  const box = byID('status-message');
  const shownState = `${kind} ${facts.message ?? ''} ${facts.wrongKey ?? ''}`;
  if (box.dataset.shows === shownState) return;
  box.dataset.shows = shownState;
  box.dataset.kind = kind;
  box.hidden = !kind;
  box.replaceChildren(...(kind ? messages[kind](facts, actions) : []));
  if (facts.wrongKey) box.querySelector('input')?.focus(); // So that the user can type the key again at once.
}

const messages = {
  connecting: () => [element('p', {}, 'Asking the collector for what it has…')],
  empty: ({ isLiveViewOnly, token }) => (isLiveViewOnly ? emptyProject(token) : emptyDemo()),
  'nothing-matches': (_facts, { clear }) => [
    element('p', {}, 'None of the events kept here match.'),
    element('button', { type: 'button', onclick: clear, 'data-testid': 'clear-filter' }, 'Show all'),
  ],
  down: ({ message, isLiveViewOnly }, { retry }) => [
    element('p', {}, element('strong', {}, 'The collector does not answer. '), message ?? ''),
    element(
      'p',
      { class: 'muted' },
      isLiveViewOnly
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
    element('p', { class: 'muted' }, 'Press Browse: the event appears here as soon as the collector has stored it.'),
  ];
}

function emptyProject(token) {
  const code = `throughline.init('${token}', { api_host: '${location.origin}' })\nthroughline.track('Hello')`;
  return [
    element('p', { class: 'large' }, 'No event of this project yet.'),
    element('p', { class: 'muted' }, 'Whatever a page sends with this token appears here:'),
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
    element('p', { class: 'muted' }, 'It is what the collector was started with, as --read-key.'),
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
