import { byID } from './dom.js';
import { read, write } from './memory.js';

const key = 'throughline-theme';
const dark = matchMedia('(prefers-color-scheme: dark)');

/** Light or dark: as the system says, until somebody presses the button. */
export function startTheme() {
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
