// A person's line, in a gutter beside the events, as version histories draw branches: who is seen in rows 3 to 90 holds a
// lane from row 3 to row 90. Lanes are used again by people whose rows do not overlap.

/**
 * Places the people of the rows, newest first, in `lanes` lanes. Returns a Map from person to { lane, from, to, alone },
 * `alone` being false for people who found no free lane: the last one is theirs then, where they have dots but no line.
 * `before` is the last result: who had a lane keeps it where that is possible.
 */
export function threads(persons, lanes, before = new Map()) {
  const spans = new Map();
  persons.forEach((person, row) => {
    const span = spans.get(person);
    if (span) span.to = row;
    else spans.set(person, { from: row, to: row });
  });
  if (!place(spans, lanes, before)) place(spans, lanes - 1, before);
  return spans;
}

// Returns whether everybody found a lane.
function place(spans, lanes, before) {
  const taken = Array.from({ length: lanes }, () => []);
  const oldestFirst = [...spans].sort(([, a], [, b]) => b.to - a.to);
  for (const [person, span] of oldestFirst) {
    const wanted = [before.get(person)?.lane, ...taken.keys()];
    const lane = wanted.find((lane) => taken[lane] && isFree(taken[lane], span));
    taken[lane]?.push(span);
    span.lane = lane ?? lanes;
    span.alone = lane !== undefined;
  }
  return oldestFirst.every(([, { alone }]) => alone);
}

function isFree(spans, { from, to }) {
  return spans.every((span) => span.to < from || span.from > to);
}
