// Formats texts, numbers and times for display. Names and ids may have any length and contain anything.

const maxCharacters = 300; // Longer texts make layout slow, and their column shows only the beginning anyway.
const devicePattern = /^\$device:([0-9a-f]{6})[0-9a-f]{2}-[0-9a-f-]{27}$/;

/** Returns the beginning of a text. A surrogate pair, such as an emoji, is not cut in half. */
export function clip(text, max = maxCharacters) {
  if (text.length <= max) return text;
  const cut = text.slice(0, max);
  return `${/[\ud800-\udbff]$/.test(cut) ? cut.slice(0, -1) : cut}…`;
}

/** Returns an id as rows show it. Of a device id only the first six digits are shown. */
export function shortID(id) {
  return clip(id.replace(devicePattern, '$device:$1…'), 80);
}

/** Returns a number with a noun: '1 event', '1,204 events'. */
export function count(n, one, many = `${one}s`) {
  return `${n.toLocaleString('en')} ${n === 1 ? one : many}`;
}

const clock = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit', second: '2-digit' });
const day = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short' });
const dayMS = 86_400_000;

/** Returns the time of day, with the date if it is not today's. The time of an event may be any number. */
export function timeOf(ms) {
  const date = new Date(ms);
  if (Number.isNaN(date.getTime())) return 'no time';
  return Math.abs(Date.now() - ms) < dayMS ? clock.format(date) : `${day.format(date)} ${clock.format(date)}`;
}

/** Returns the time as ISO 8601 text. */
export function exactTime(ms) {
  const date = new Date(ms);
  return Number.isNaN(date.getTime()) ? String(ms) : date.toISOString();
}

/** Returns the value of a property as one line. */
export function valueText(value) {
  return typeof value === 'string' ? value : JSON.stringify(value);
}
