// Describes events, properties, aliases and conflicts in words.

import { clip, shortID, timeOf, valueText } from './format.js';

const reasons = {
  outbox_full: 'too many waited',
  event_rejected: 'refused by the collector',
  too_large: 'too large',
  damaged: 'damaged in storage',
};

// The properties that this library or another Mixpanel client sets by itself.
const setByLibrary =
  /^(\$|mp_|utm_)|^(token|time|distinct_id|dclid|fbclid|gclid|ko_click_id|li_fat_id|msclkid|sccid|ttclid|twclid|wbraid)$/;
const maxShownProperties = 5; // In a row. The dialog of an event shows all of them.

/** Describes an event that concerns identity ($create_alias, $identify) or dropped events, in a few words. Returns '' for all others. */
export function describeIdentityEvent({ event, distinct_id, properties }, people) {
  if (event === '$create_alias') return aliasText(properties.alias, people.personOf(distinct_id), people);
  if (event === '$identify') return `this device is ${shortID(distinct_id)}`;
  if (event === '$dropped') return droppedText(droppedCounts(properties));
  return '';
}

/** Returns the first properties of an event as one line. */
export function propertiesText({ properties }) {
  return siteProperties(properties)
    .slice(0, maxShownProperties)
    .map(([name, value]) => `${clip(name, 40)}: ${clip(valueText(value), 60)}`)
    .join(', ');
}

/** Returns the properties that the site has set, without those of the library, as [name, value]. */
export function siteProperties(properties) {
  return Object.entries(properties).filter(([name]) => !setByLibrary.test(name));
}

/** Returns the numbers of dropped events that a `$dropped` event reports, by reason. */
export function droppedCounts(properties) {
  const counts = {};
  for (const reason of Object.keys(reasons)) {
    const n = properties[reason];
    if (Number.isFinite(n) && n > 0) counts[reason] = n;
  }
  return counts;
}

/** Adds numbers of dropped events, by reason, to `into`, and returns it. */
export function addDropped(into, counts) {
  for (const [reason, n] of Object.entries(counts)) into[reason] = (into[reason] ?? 0) + n;
  return into;
}

/** Returns, for example, '3 dropped: 2 refused by the collector, 1 too large', or '' if nothing was dropped. */
export function droppedText(counts) {
  const all = Object.entries(counts);
  if (!all.length) return '';
  const total = all.reduce((sum, [, n]) => sum + n, 0);
  return `${total} dropped: ${all.map(([reason, n]) => `${n} ${reasons[reason]}`).join(', ')}`;
}

/** Describes why an id belongs to its person. */
export function originOf(member) {
  return member.joined === 'original' ? 'the original distinct_id' : `alias of ${shortID(member.of)}`;
}

/**
 * Describes a conflict: which claim to an alias lost, to whom, and why. `holder` is the claim that won because the collector accepted it
 * earlier. If the clocks of the two devices suggest the opposite order, the text says so.
 */
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
