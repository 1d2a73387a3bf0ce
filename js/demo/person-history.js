// Who a person was, over time: from what the collector knows of the ids, and from the events that Live View shows.

import { conflictText } from './event-text.js';
import { shortID } from './format.js';

/**
 * Returns the changes of a person's identity as [time, text], oldest first. `details` is the collector's answer, undefined until it has come, and
 * `events` are the person's events that are shown, newest first.
 */
export function historyOf(details, events) {
  const entries = [];
  const seen = new Set();
  const claimed = new Set(); // Aliases whose $create_alias is shown.
  for (const { event, distinct_id, time, properties } of [...events].reverse()) {
    const id = shortID(distinct_id);
    if (event === '$create_alias' && typeof properties.alias === 'string') {
      claimed.add(properties.alias);
      entries.push([time, `${id} called alias(${shortID(properties.alias)})`]);
    } else if (event === '$identify') {
      const before = properties.$anon_distinct_id;
      entries.push([time, `${typeof before === 'string' ? shortID(before) : 'a device'} called identify(${id})`]);
    } else if (!seen.has(distinct_id)) entries.push([time, `first event shown with ${id}: ${event}`]);
    seen.add(distinct_id);
  }
  for (const { distinct_id, time, of } of details?.ids ?? [])
    if (time && of && !claimed.has(distinct_id))
      entries.push([time, `${shortID(distinct_id)} became an alias of ${shortID(of)}`]);
  for (const conflict of details?.conflicts ?? []) entries.push([conflict.time, conflictText(conflict)]);
  return entries.sort(([a], [b]) => a - b);
}
