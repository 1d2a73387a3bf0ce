// Unit tests of those modules of the demo that need no page.

import assert from 'node:assert/strict';
import { createRandom } from '../bench/setup/random.mjs';
import { createParser } from '../demo/event-stream.js';
import { conflictText } from '../demo/event-text.js';
import { Events } from '../demo/events.js';
import { clip, timeOf } from '../demo/format.js';
import { assignLanes } from '../demo/lanes.js';
import { People } from '../demo/people.js';
import { historyOf } from '../demo/person-history.js';
import { test } from './harness/bounded-test.mjs';

/** Returns a source of pseudo-random integers below `limit`, the same in every run. */
function integers(seed) {
  const { between } = createRandom(seed);
  return (limit) => between(0, limit - 1);
}

test('the line of a person never crosses the dot of another person', () => {
  for (let seed = 1; seed <= 300; seed++) {
    const next = integers(seed);
    let rows = [];
    let before;
    for (let round = 0; round < 5; round++) {
      rows = [...Array.from({ length: next(12) }, () => `p${next(9)}`), ...rows].slice(0, 30);
      const lanes = 2 + next(6);
      before = assignLanes(rows, lanes, before);
      rows.forEach((person, row) => {
        const { lane, from, to } = before.get(person);
        assert.ok(lane >= 0 && lane < lanes && from <= row && row <= to);
        for (const [other, line] of before) {
          const through = other !== person && line.hasLane && line.lane === lane && line.from <= row && row <= line.to;
          assert.ok(!through, `seed ${seed}: ${other} through ${person} in row ${row} of ${rows}`);
        }
      });
    }
  }
});

test('a person keeps the lane when others appear', () => {
  const first = assignLanes(['b', 'a', 'b', 'a'], 5);
  const then = assignLanes(['c', 'b', 'a', 'b', 'a'], 5, first);
  for (const person of ['a', 'b']) assert.equal(then.get(person).lane, first.get(person).lane);
});

test('server-sent events are parsed the same wherever the stream is cut into pieces', () => {
  const stream =
    'retry: 1000\nid: 1\n\nevent: events\nid: 2\ndata: [{"a":"\\n\\n:"}]\n\n: alive\n\nevent: person\ndata: {}\n\ndata: x\ndata: y\n\n';
  const all = [
    ['events', '[{"a":"\\n\\n:"}]'],
    ['person', '{}'],
    ['message', 'x\ny'],
  ];
  for (let first = 0; first <= stream.length; first++) {
    for (let second = first; second <= stream.length; second++) {
      const messages = [];
      const parse = createParser((...message) => messages.push(message));
      for (const piece of [stream.slice(0, first), stream.slice(first, second), stream.slice(second)]) parse(piece);
      assert.deepEqual(messages, all, `cut at ${first} and ${second}`);
    }
  }
});

test('events are kept once and newest first, whatever the order and however often they come', () => {
  for (let seed = 1; seed <= 200; seed++) {
    const next = integers(seed);
    const events = new Events();
    const given = new Set();
    const fresh = [];
    for (let round = 0; round < 6; round++) {
      const batch = Array.from({ length: next(8) }, () => ({ id: next(40) }));
      const once = [...new Map(batch.map((event) => [event.id, event])).values()];
      for (const { id } of once) given.add(id);
      fresh.push(...events.add(once).map(({ id }) => id));
    }
    const newestFirst = [...given].sort((a, b) => b - a);
    assert.deepEqual(
      events.all.map(({ id }) => id),
      newestFirst,
    );
    assert.deepEqual(
      fresh.sort((a, b) => b - a),
      newestFirst,
    );
  }
});

test('a person keeps the same look after a late alias and after a reload', () => {
  let saved = [];
  const people = new People([], (looks) => {
    saved = looks;
  });
  people.setPerson('D1', 'D1');
  const look = people.lookOf('D1');
  people.setPerson('U', 'U');
  assert.notDeepEqual(people.lookOf('U'), look);
  people.setPerson('U', 'D1');
  assert.deepEqual(people.lookIfKnown('U'), look);
  people.setPerson('D0', 'D0');
  people.setPerson('D1', 'D0'); // The whole person joins another one.
  assert.equal(people.personOf('U'), 'D0');
  assert.deepEqual(new People(saved).lookOf('D1'), look);
});

test('a shortened text does not end in half a surrogate pair', () => {
  const text = 'a🍵🍵🍵';
  for (let most = 1; most < text.length; most++) assert.ok(clip(text, most).isWellFormed(), clip(text, most));
  assert.equal(clip(text, text.length), text);
});

test('the text of a conflict says who lost, to whom and why, and mentions clocks that suggest otherwise', () => {
  const hour = 3_600_000;
  const lost = { alias: 'U', distinct_id: 'phone', owner: 'laptop', reason: 'taken', time: 5 * hour };
  const text = 'phone also claimed U, which stays with laptop: the collector accepted that claim first';
  assert.equal(conflictText({ ...lost, holder: { time: 5 * hour } }), text);
  assert.equal(
    conflictText({ ...lost, holder: { time: 6 * hour } }),
    `${text}, though the clock of the later one showed ${timeOf(5 * hour)}, before ${timeOf(6 * hour)}`,
  );
  assert.equal(conflictText(lost), text, 'of a collector that does not tell the other claim');
  assert.equal(conflictText({ ...lost, reason: 'circle' }), 'phone also claimed U: a circle, so it changed nothing');
});

test('the history of a person has what happened to the identity, in its order, whether the events are shown or not', () => {
  const at = (time, event, distinct_id, properties = {}) => ({ time, event, distinct_id, properties });
  const events = [
    at(5, 'Rated', 'U'),
    at(4, '$identify', 'U', { $anon_distinct_id: 'D2' }),
    at(3, '$create_alias', 'D1', { alias: 'U' }),
    at(2, 'Viewed', 'D1'),
    at(1, 'Opened', 'D1'),
  ];
  const details = {
    ids: [
      { distinct_id: 'D1', joined: 'original' },
      { distinct_id: 'U', joined: 'alias', of: 'D1', time: 3 },
      { distinct_id: 'V', joined: 'alias', of: 'D1', time: 0.5 },
    ],
    conflicts: [{ alias: 'U', distinct_id: 'D3', owner: 'D1', reason: 'circle', time: 6 }],
  };
  assert.deepEqual(historyOf(details, events), [
    [0.5, 'V became an alias of D1'],
    [1, 'first event shown with D1: Opened'],
    [3, 'D1 called alias(U)'],
    [4, 'D2 called identify(U)'],
    [6, 'D3 also claimed U: a circle, so it changed nothing'],
  ]);
  assert.deepEqual(historyOf(undefined, [at(1, '$identify', 'U', { $anon_distinct_id: 7 })]), [
    [1, 'a device called identify(U)'],
  ]);
});
