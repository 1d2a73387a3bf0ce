// Helpers for building elements. Strings become text nodes, so no text can become markup.

/** Creates an element with attributes and children. Attributes and children that are undefined or false are left out. */
export function element(name, attributes = {}, ...children) {
  const newElement = document.createElement(name);
  for (const [attribute, value] of Object.entries(attributes)) setAttribute(newElement, attribute, value);
  newElement.append(...children.flat().filter((child) => child !== undefined && child !== false));
  return newElement;
}

/** Creates an element for a text of unknown origin. <bdi> keeps right-to-left characters in it from reordering the text around it. */
export function foreignText(text, attributes = {}) {
  return element('bdi', attributes, text);
}

/** Creates an element with a text for screen readers only. */
export function visuallyHidden(text) {
  return element('span', { class: 'visually-hidden' }, text);
}

/** Returns an element of index.html. */
export function byID(id) {
  return document.getElementById(id);
}

function setAttribute(newElement, attribute, value) {
  if (value === undefined || value === false) return;
  if (attribute.startsWith('on')) newElement.addEventListener(attribute.slice(2), value);
  else newElement.setAttribute(attribute, value === true ? '' : value);
}
