// Announcements for screen readers. Of new events only a summary is announced, every few seconds.

import { byID } from './dom.js';
import { clip, count } from './format.js';

const announceInterval = 5000;

let pendingCount = 0;
let latest;

/** Announces a text when the screen reader is idle (aria-live="polite" in index.html). */
export function announce(text) {
  byID('announcer').textContent = text;
}

/** Announces new events, which are given newest first, with the next summary. */
export function announceEvents(events, labelOf) {
  if (!events.length) return;
  if (!pendingCount) {
    setTimeout(() => {
      announce(`${count(pendingCount, 'new event')}. Latest: ${clip(latest.event, 60)}, person ${labelOf(latest)}.`);
      pendingCount = 0;
    }, announceInterval);
  }
  pendingCount += events.length;
  latest = events[0];
}
