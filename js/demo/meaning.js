import { clip, shortID, timeOf, valueText } from './text.js';

const reasons = {
  outbox_full: 'too many waited',
  event_rejected: 'refused by the collector',
  too_large: 'too large',
  damaged: 'damaged in storage',
};

// What a library sets by itself, or any Mixpanel client.
const setByLibrary =
  /^(\$|mp_|utm_)|^(token|time|distinct_id|dclid|fbclid|gclid|ko_click_id|li_fat_id|msclkid|sccid|ttclid|twclid|wbraid)$/;
const mostTold = 5; // Properties in a row; a window shows them all.

/** What Mixpanel's own events say about identity, in a few words; '' for all others. `people` knows who is who now. */
export function meaningOf({ event, distinct_id, properties }, people) {
  if (event === '$create_alias') return aliasText(properties.alias, people.personOf(distinct_id), people);
  if (event === '$identify') return `this device is ${shortID(distinct_id)}`;
  if (event === '$dropped') return droppedText(droppedIn(properties));
  return '';
}

/** The first properties of an event as one line. */
export function propertiesText({ properties }) {
  return ownProperties(properties)
    .slice(0, mostTold)
    .map(([name, value]) => `${clip(name, 40)}: ${clip(valueText(value), 60)}`)
    .join(', ');
}

/** The properties that the site gave an event, as [name, value]: those that the library sets are interesting second. */
export function ownProperties(properties) {
  return Object.entries(properties).filter(([name]) => !setByLibrary.test(name));
}

/** The counts of dropped events that a `$dropped` event carries, by reason. */
export function droppedIn(properties) {
  const counts = {};
  for (const reason of Object.keys(reasons)) {
    const n = properties[reason];
    if (Number.isFinite(n) && n > 0) counts[reason] = n;
  }
  return counts;
}

/** The sum of several counts, by reason. */
export function addDropped(into, counts) {
  for (const [reason, n] of Object.entries(counts)) into[reason] = (into[reason] ?? 0) + n;
  return into;
}

/** '3 dropped: 2 refused by the collector, 1 too large', or '' if nothing was. */
export function droppedText(counts) {
  const all = Object.entries(counts);
  if (!all.length) return '';
  const total = all.reduce((sum, [, n]) => sum + n, 0);
  return `${total} dropped: ${all.map(([reason, n]) => `${n} ${reasons[reason]}`).join(', ')}`;
}

/** Why an id belongs to its person. */
export function originOf(member) {
  return member.joined === 'original' ? 'the original distinct_id' : `alias of ${shortID(member.of)}`;
}

/** Which claim lost, to whom, and why: `holder` is the claim that was accepted before it. Clocks decide nothing, so one that disagrees is told. */
export function conflictText({ alias, distinct_id, owner, reason, time, holder }) {
  const claim = `${shortID(distinct_id)} also claimed ${shortID(alias)}`;
  if (reason === 'circle') return `${claim}: a circle, so it changed nothing`;
  const lost = `${claim}, which stays with ${shortID(owner)}: the collector accepted that claim first`;
  if (!holder || time >= holder.time) return lost;
  return `${lost}, though the clock of the later one showed ${timeOf(time)}, before ${timeOf(holder.time)}`;
}

function aliasText(alias, person, people) {
  const id = typeof alias === 'string' ? alias : String(valueText(alias));
  const owner = people.personOf(id);
  return !people.knows(id) || owner === person
    ? `also called ${shortID(id)}`
    : `${shortID(id)} is ${people.lookOf(owner).label} already`;
}
