// Loads the library as a site does, with a script tag.

import { element } from './dom.js';

/** Adds the script of the library to the page. Resolves when it has run, and rejects if it cannot be loaded. */
export function loadLibrary() {
  return new Promise((resolve, reject) => {
    const script = element('script', { src: 'throughline.js' });
    script.addEventListener('load', resolve);
    script.addEventListener('error', () => reject(new Error('throughline.js is not beside this page')));
    document.head.append(script);
  });
}
