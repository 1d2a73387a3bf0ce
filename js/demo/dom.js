// Building elements. Strings become text nodes, never markup.

/** An element with attributes and children. `undefined` and false leave an attribute or a child out. */
export function element(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [attribute, value] of Object.entries(attributes)) set(made, attribute, value);
  made.append(...children.flat().filter((child) => child !== undefined && child !== false));
  return made;
}

/** A text from outside. Isolated, so that right-to-left marks in it leave the line around it alone. */
export function outside(text, attributes = {}) {
  return element('bdi', attributes, text);
}

/** Words for screen readers only. */
export function unseen(text) {
  return element('span', { class: 'unseen' }, text);
}

/** The element with this id, which index.html has. */
export function byID(id) {
  return document.getElementById(id);
}

function set(made, attribute, value) {
  if (value === undefined || value === false) return;
  if (attribute.startsWith('on')) made.addEventListener(attribute.slice(2), value);
  else made.setAttribute(attribute, value === true ? '' : value);
}
