// A person's line, in a gutter beside the events, as version histories draw branches: who is seen in rows 3 to 90 holds a
// lane from row 3 to row 90. Lanes are used again by people whose rows do not overlap.

/**
 * Places the people of the rows, newest first, in `lanes` lanes. Returns a Map from person to { lane, from, to, alone },
 * `alone` being false for people who found no free lane: they share the last one, and have dots but no line.
 * `before` is the last result: who had a lane keeps it where that is possible.
 */
export function threads(persons, lanes, before = new Map()) {
  const spans = new Map();
  persons.forEach((person, row) => {
    const span = spans.get(person);
    if (span) span.to = row;
    else spans.set(person, { from: row, to: row, lane: lanes - 1, alone: false });
  });
  const taken = Array.from({ length: lanes }, () => []);
  const oldestFirst = [...spans].sort(([, a], [, b]) => b.to - a.to);
  for (const [person, span] of oldestFirst) {
    const wanted = [before.get(person)?.lane, ...taken.keys()];
    const lane = wanted.find((lane) => taken[lane] && isFree(taken[lane], span));
    if (lane === undefined) continue;
    taken[lane].push(span);
    span.lane = lane;
    span.alone = true;
  }
  return spans;
}

function isFree(spans, { from, to }) {
  return spans.every((span) => span.to < from || span.from > to);
}
