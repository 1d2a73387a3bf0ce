// The look of a person in Live View: a colour, a shape and a letter, so that persons can be told apart without seeing colours.

import { element, visuallyHidden } from './dom.js';

const hues = 6; // page.css: --hue-0 to --hue-5
const shapes = 7; // page.css: [data-shape]. Seven shapes and six colours give 42 combinations before one is repeated; letters are never repeated.
const letters = 26;

/** Returns the look of a person, by the number of persons that appeared before. */
export function lookOf(index) {
  return { index, label: letterOf(index), hue: index % hues, shape: index % shapes };
}

/** Creates a badge with the shape and the letter of a person, or an empty one for somebody of whom no event has been seen. */
export function badge(look) {
  if (!look)
    return element('span', { class: 'badge unknown' }, element('i', { class: 'shape' }), visuallyHidden('nobody yet'));
  const { label, hue, shape } = look;
  return element(
    'span',
    { class: 'badge', 'data-hue': hue, 'data-shape': shape },
    element('i', { class: 'shape' }),
    visuallyHidden('person '),
    element('b', {}, label),
  );
}

/** Sets the colour and shape of an element to those of a person. */
export function applyLook(target, look) {
  target.dataset.hue = look.hue;
  target.dataset.shape = look.shape;
}

// Returns A to Z, then AA, AB and so on.
function letterOf(index) {
  const last = String.fromCharCode(65 + (index % letters));
  return index < letters ? last : letterOf(Math.floor(index / letters) - 1) + last;
}
