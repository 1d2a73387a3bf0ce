// What a screen reader hears of the feed: now and then a summary, never each event.

import { byID } from './dom.js';
import { clip, count } from './text.js';

const pause = 5000;

let waiting = 0;
let latest;

/** Says one thing, politely. */
export function announce(text) {
  byID('announcer').textContent = text;
}

/** Notes new events, newest first; they are spoken of in a few seconds. */
export function announceEvents(events, labelOf) {
  if (!events.length) return;
  if (!waiting) {
    setTimeout(() => {
      announce(`${count(waiting, 'new event')}. Latest: ${clip(latest.event, 60)}, person ${labelOf(latest)}.`);
      waiting = 0;
    }, pause);
  }
  waiting += events.length;
  latest = events[0];
}
