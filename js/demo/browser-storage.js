// The storage of the demo page. It may be blocked or full. Then nothing is stored, and the page works all the same.

/**
 * Returns the stored text, or ''. `area` is the name 'localStorage' or 'sessionStorage', because reading that property of the window throws
 * where storage is blocked.
 */
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
    // The page does without.
  }
}

/** Removes everything whose key contains `part`. */
export function removeMatching(area, part) {
  try {
    for (const key of Object.keys(window[area])) if (key.includes(part)) window[area].removeItem(key);
  } catch {
    // Blocked storage holds nothing to remove.
  }
}
