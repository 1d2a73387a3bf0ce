// Places the lines of persons beside the list of events, as version control tools draw branches: a person with events in rows 3 to 90 has a
// vertical line in one lane from row 3 to row 90. Persons whose rows do not overlap can share a lane.

/**
 * Assigns lanes to the persons of the rows, which are given newest first. Returns a Map from person to { lane, from, to, hasLane }. If
 * there is no free lane for a person, hasLane is false and lane is the last one, in which only dots are drawn. `previous` is the last
 * result: a person keeps its lane if possible.
 */
export function assignLanes(persons, lanes, previous = new Map()) {
  const spans = new Map();
  persons.forEach((person, row) => {
    const span = spans.get(person);
    if (span) span.to = row;
    else spans.set(person, { from: row, to: row });
  });
  if (!assign(spans, lanes, previous)) assign(spans, lanes - 1, previous);
  return spans;
}

// Assigns lanes to spans, and returns whether there was a free one for each.
function assign(spans, lanes, previous) {
  const spansInLane = Array.from({ length: lanes }, () => []);
  const oldestFirst = [...spans].sort(([, a], [, b]) => b.to - a.to);
  for (const [person, span] of oldestFirst) {
    const candidates = [previous.get(person)?.lane, ...spansInLane.keys()];
    const lane = candidates.find((lane) => spansInLane[lane] && isFree(spansInLane[lane], span));
    spansInLane[lane]?.push(span);
    span.lane = lane ?? lanes;
    span.hasLane = lane !== undefined;
  }
  return oldestFirst.every(([, { hasLane }]) => hasLane);
}

function isFree(spans, { from, to }) {
  return spans.every((span) => span.to < from || span.from > to);
}
