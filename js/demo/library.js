import { element } from './dom.js';

/** Puts the library's script into the page, as a site would, and resolves when it is there. */
export function loadLibrary() {
  return new Promise((resolve, reject) => {
    const script = element('script', { src: 'throughline.js' });
    script.addEventListener('load', resolve);
    script.addEventListener('error', () => reject(new Error('throughline.js is not beside this page')));
    document.head.append(script);
  });
}
