// How a person looks: a colour, a shape and a letter, so that no one has to tell colours apart.

import { element, unseen } from './dom.js';

const hues = 6; // page.css: --hue-0 to --hue-5
const shapes = 7; // page.css: [data-shape]. Seven and six give 42 looks before one returns, and the letters never do.
const letters = 26;

/** The look of the person who came as number `index`. */
export function lookOf(index) {
  return { index, label: letterOf(index), hue: index % hues, shape: index % shapes };
}

/** Shape and letter, to stand beside a person's ids. Without a look: somebody who is not known yet. */
export function badge(look) {
  if (!look) return element('span', { class: 'badge unknown' }, element('i', { class: 'mark' }), unseen('nobody yet'));
  const { label, hue, shape } = look;
  return element(
    'span',
    { class: 'badge', 'data-hue': hue, 'data-shape': shape },
    element('i', { class: 'mark' }),
    unseen('person '),
    element('b', {}, label),
  );
}

/** Gives an element a person's colour and shape. */
export function wear(target, look) {
  target.dataset.hue = look.hue;
  target.dataset.shape = look.shape;
}

// A to Z, then AA, AB and so on.
function letterOf(index) {
  const last = String.fromCharCode(65 + (index % letters));
  return index < letters ? last : letterOf(Math.floor(index / letters) - 1) + last;
}
