// The button for light or dark colours.

import { read, write } from './browser-storage.js';
import { byID } from './dom.js';

const key = 'throughline-theme';
const dark = matchMedia('(prefers-color-scheme: dark)');

/** Makes the button work. Until it is used, the colours follow the system. */
export function setUpTheme() {
  const button = byID('theme');
  const shown = () => document.documentElement.dataset.theme ?? (dark.matches ? 'dark' : 'light');
  const name = () => {
    button.setAttribute('aria-label', shown() === 'dark' ? 'Use light colours' : 'Use dark colours');
  };
  button.addEventListener('click', () => {
    const theme = shown() === 'dark' ? 'light' : 'dark';
    document.documentElement.dataset.theme = theme;
    write('localStorage', key, theme);
    name();
  });
  dark.addEventListener('change', name);
  const stored = read('localStorage', key);
  if (stored) document.documentElement.dataset.theme = stored;
  name();
}
