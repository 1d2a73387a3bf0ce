// What this page remembers of its own. Storage may be blocked or full: then the page forgets, and works all the same.

/** The stored text, or ''. `area` is 'localStorage' or 'sessionStorage', for a blocked one throws when it is merely named. */
export function read(area, key) {
  try {
    return window[area].getItem(key) ?? '';
  } catch {
    return '';
  }
}

/** Stores a text, if the browser lets it. */
export function write(area, key, text) {
  try {
    window[area].setItem(key, text);
  } catch {
    // Nothing here is worth more than the page going on.
  }
}

/** Removes everything whose key has `part` in it. */
export function forget(area, part) {
  try {
    for (const key of Object.keys(window[area])) if (key.includes(part)) window[area].removeItem(key);
  } catch {
    // Blocked storage holds nothing to remove.
  }
}
