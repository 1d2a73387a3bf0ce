// Texts that come from outside: any length, any script, possibly full of HTML. They only ever reach `textContent`.

const mostShown = 300; // Longer ones cost layout and are cut off by their column anyway.
const device = /^\$device:([0-9a-f]{6})[0-9a-f]{2}-[0-9a-f-]{27}$/;

/** As much of a text as a row can show. Never half an emoji. */
export function clip(text, most = mostShown) {
  if (text.length <= most) return text;
  const cut = text.slice(0, most);
  return `${/[\ud800-\udbff]$/.test(cut) ? cut.slice(0, -1) : cut}…`;
}

/** An id as rows show it: a device id is told by its first six digits. */
export function shortID(id) {
  return clip(id.replace(device, '$device:$1…'), 80);
}

/** '1 event', '1,204 events'. */
export function count(n, one, many = `${one}s`) {
  return `${n.toLocaleString('en')} ${n === 1 ? one : many}`;
}

const clock = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit', second: '2-digit' });
const day = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short' });
const dayMS = 86_400_000;

/** The time of day; of another day, the date as well. Events may carry any number as their time. */
export function timeOf(ms) {
  const date = new Date(ms);
  if (Number.isNaN(date.getTime())) return 'no time';
  return Math.abs(Date.now() - ms) < dayMS ? clock.format(date) : `${day.format(date)} ${clock.format(date)}`;
}

/** The time in full, as ISO 8601. */
export function exactTime(ms) {
  const date = new Date(ms);
  return Number.isNaN(date.getTime()) ? String(ms) : date.toISOString();
}

/** A property's value as one line. */
export function valueText(value) {
  return typeof value === 'string' ? value : JSON.stringify(value);
}
