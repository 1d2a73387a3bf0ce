// The entry of the page: starts Live View, and the demo unless the address asks for Live View only. The demo uses the built library
// (throughline.js) as any site does, and imports nothing from js/src. Read address.js, live-view.js and site.js next.

import { readAddress, storeKey } from './address.js';
import { read, write } from './browser-storage.js';
import { listenForClose } from './details-dialog.js';
import { byID } from './dom.js';
import { LiveView } from './live-view.js';
import { loadLibrary } from './load-library.js';
import { MistakePanel } from './mistake-panel.js';
import { Site } from './site.js';
import { setUpTheme } from './theme.js';

const saveDelay = 500;

const { token, isLiveViewOnly, key } = readAddress();
let site;

setUpTheme();
listenForClose();
document.body.classList.toggle('live-view-only', isLiveViewOnly);
byID('token').textContent = token;
byID('live-view-link').href = `?token=${encodeURIComponent(token)}`;

const liveView = new LiveView({
  token,
  key,
  isLiveViewOnly,
  storage: { ...storedLooks(`throughline-looks-${token}`), storeKey },
  onDraw: () => site?.showWho(),
});
if (!isLiveViewOnly) startDemo();

async function startDemo() {
  const demoSite = new Site(token, liveView.people);
  try {
    await loadLibrary();
    new MistakePanel(token, liveView);
    site = demoSite;
    await demoSite.start();
  } catch (error) {
    byID('no-library').hidden = false;
    byID('no-library-why').textContent = error.message;
  }
}

// The looks of persons are stored, so that everybody keeps the same colour after a reload.
function storedLooks(storageKey) {
  let timer;
  return {
    saved: parse(read('localStorage', storageKey)),
    save(looks) {
      clearTimeout(timer);
      timer = setTimeout(() => write('localStorage', storageKey, JSON.stringify(looks)), saveDelay);
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
