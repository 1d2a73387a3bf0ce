// Reads the address of the page: ?token=T shows Live View of any project, without the demo; ?demo=T shows the demo in the project T.

import { read, write } from './browser-storage.js';

const projectItem = 'throughline-demo';
const apiKeyItem = 'throughline-key';

/** Returns the token of the project, whether only Live View is shown, and the read key, which is '' if none is known. */
export function readAddress() {
  const query = new URLSearchParams(location.search);
  const token = query.get('token');
  return { token: token || query.get('demo') || demoToken(), isLiveViewOnly: !!token, key: readKeyFromAddress(query) };
}

/** Stores the read key until the tab is closed. */
export function storeKey(key) {
  write('sessionStorage', apiKeyItem, key);
}

/** Creates and stores the token of a new, empty project for the demo. */
export function newDemoToken() {
  const token = `demo-${Math.random().toString(36).slice(2, 6).padEnd(4, '0')}`;
  write('localStorage', projectItem, token);
  return token;
}

function demoToken() {
  return read('localStorage', projectItem) || newDemoToken();
}

// Removes the key from the address, because events contain the address and people share it.
function readKeyFromAddress(query) {
  const key = query.get('key');
  if (!key) return read('sessionStorage', apiKeyItem);
  storeKey(key);
  query.delete('key');
  history.replaceState(null, '', `${location.pathname}${query.size ? `?${query}` : ''}${location.hash}`);
  return key;
}
