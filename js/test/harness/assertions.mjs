// Assertions about stored events.

import assert from 'node:assert/strict';

/** Returns the values of the property `n` that the page function `steps(mark, count)` gives its events. */
export const stepNames = (mark, count) => Array.from({ length: count }, (_, i) => `${mark}${i}`);

/** Asserts that the stored events are exactly those with these values of `n`, each once, with different insert ids. */
export function assertExactlyOnce(events, expected) {
  const counts = new Map(expected.map((n) => [n, 0]));
  const unexpected = [];
  for (const { event, properties } of events) {
    if (counts.has(properties.n)) counts.set(properties.n, counts.get(properties.n) + 1);
    else unexpected.push([event, properties.n]);
  }
  const namesWithCount = (test) => [...counts].filter(([, count]) => test(count)).map(([n]) => n);
  assert.deepEqual(
    { lost: namesWithCount((count) => count === 0), twice: namesWithCount((count) => count > 1), unexpected },
    { lost: [], twice: [], unexpected: [] },
  );
  assert.equal(new Set(events.map(({ properties }) => properties.$insert_id)).size, events.length, 'insert ids');
}

/** Asserts that all events have the same anonymous distinct_id, and returns it. */
export function assertOneVisitor(events) {
  const ids = [...new Set(events.map(({ distinct_id }) => distinct_id))];
  assert.equal(ids.length, 1, `one visitor, not ${ids}`);
  assert.match(ids[0], /^\$device:[0-9a-f-]{36}$/);
  return ids[0];
}

/** Returns the events that the page function `steps` has tracked. */
export const stepEvents = (events) => events.filter(({ event }) => event === 'Step');

/** Returns the distinct_ids of the steps with a mark. */
export const distinctIDsOf = (events, mark) => [
  ...new Set(events.filter(({ properties }) => properties.n?.startsWith(mark)).map(({ distinct_id }) => distinct_id)),
];
