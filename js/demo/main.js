// The page's beginning: Live View, and beside it the demo unless the page was asked for another project.

import { keepKey, readAddress } from './address.js';
import { byID } from './dom.js';
import { loadLibrary } from './library.js';
import { LiveView } from './live-view.js';
import { read, write } from './memory.js';
import { MistakeBoard } from './mistake-board.js';
import { watchSheet } from './sheets.js';
import { Site } from './site.js';
import { startTheme } from './theme.js';

const saveAfter = 500;

const { token, alone, key } = readAddress();
let site;

startTheme();
watchSheet();
document.body.classList.toggle('alone', alone);
byID('token').textContent = token;
byID('alone-link').href = `?token=${encodeURIComponent(token)}`;

const live = new LiveView({
  token,
  key,
  alone,
  memory: { ...looksOf(`throughline-looks-${token}`), keepKey },
  changed: () => site?.showWho(),
});
if (!alone) startDemo();

async function startDemo() {
  const demo = new Site(token, live.people);
  try {
    await loadLibrary();
    new MistakeBoard(token, live);
    site = demo;
    await demo.start();
  } catch (error) {
    byID('no-library').hidden = false;
    byID('no-library-why').textContent = error.message;
  }
}

// Everybody keeps their colour over a reload.
function looksOf(place) {
  let timer;
  return {
    saved: parse(read('localStorage', place)),
    save(looks) {
      clearTimeout(timer);
      timer = setTimeout(() => write('localStorage', place, JSON.stringify(looks)), saveAfter);
    },
  };
}

function parse(text) {
  try {
    const looks = JSON.parse(text);
    return Array.isArray(looks) ? looks.filter(([, index]) => Number.isInteger(index) && index >= 0) : [];
  } catch {
    return [];
  }
}
