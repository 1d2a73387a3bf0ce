// VitePress's own theme, with the fonts of the visitor's system: nothing is loaded from elsewhere, and no font has to be.

import theme from 'vitepress/theme-without-fonts';
import './style.css';

export default theme;
