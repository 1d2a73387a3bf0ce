// What the page was asked for: ?token=T is Live View alone, on any project; ?demo=T the demo, on a project of that name.

import { read, write } from './memory.js';

const demoKey = 'throughline-demo';
const readKey = 'throughline-key';

/** Reads the address: the token to watch, whether the demo belongs to it, and the key that reading may ask for. */
export function readAddress() {
  const query = new URLSearchParams(location.search);
  const token = query.get('token');
  return { token: token || query.get('demo') || demoToken(), alone: !!token, key: takeKey(query) };
}

/** Keeps the key that somebody typed, for as long as the tab lives. */
export function keepKey(key) {
  write('sessionStorage', readKey, key);
}

/** A new project for the demo: nobody in it yet. */
export function newDemoToken() {
  const token = `demo-${Math.random().toString(36).slice(2, 6).padEnd(4, '0')}`;
  write('localStorage', demoKey, token);
  return token;
}

function demoToken() {
  return read('localStorage', demoKey) || newDemoToken();
}

// Events carry the page's address, and people share it: the key must not stay in there.
function takeKey(query) {
  const key = query.get('key');
  if (!key) return read('sessionStorage', readKey);
  keepKey(key);
  query.delete('key');
  history.replaceState(null, '', `${location.pathname}${query.size ? `?${query}` : ''}${location.hash}`);
  return key;
}
