// identify, alias, reset, in every order.

import { forEachValue } from './values.mjs';

const ids = (m) => [m.get_distinct_id(), m.get_property('$user_id'), m.get_property('$device_id')];
const withIDs = (text) => `(m, t) => { const ids = ${ids}; ${text}; m.track('Z'); return ids(m); }`;

export const scenarios = {
  identify: withIDs("m.identify('U')"),
  'identify returns nothing': (m) => m.identify('U'),
  'track, identify, track': withIDs("m.track('A'); m.identify('U'); m.track('B')"),
  'identify twice the same': withIDs("m.identify('U'); m.identify('U')"),
  'identify another': withIDs("m.identify('U'); m.identify('V')"),
  'identify, reset, identify the same': withIDs("m.identify('U'); m.reset(); m.identify('U')"),
  'identify, reset, identify another': withIDs("m.identify('U'); m.reset(); m.track('B'); m.identify('V')"),
  ...forEachValue('identify a value', (value) => `(m) => { const r = m.identify(${value}); m.track('Z'); return r; }`),
  'identify without an id': (m) => [m.identify(), m.track('A')],
  'identify a number': withIDs('m.identify(7)'),
  'identify an anonymous id': (m) => [m.identify('$device:other'), m.track('A'), m.get_property('$user_id')],
  'identify the own distinct_id': (m) => [m.identify(m.get_distinct_id()), m.track('A')],
  'identify the own device id': (m) => [m.identify(m.get_property('$device_id')), m.track('A')],
  'identify and super properties': (m) => {
    m.register({ a: 1 });
    m.identify('U');
    return m.track('A');
  },
  alias: withIDs("m.alias('U')"),
  'alias returns': (m) => m.alias('U'),
  'alias, identify': withIDs("m.alias('U'); m.identify('U')"),
  'track, alias, track, identify, track': withIDs(
    "m.track('A'); m.alias('U'); m.track('B'); m.identify('U'); m.track('C')",
  ),
  'alias twice the same': (m) => [m.alias('U'), m.alias('U'), m.track('A')],
  'alias twice another': (m) => [m.alias('U'), m.alias('V'), m.track('A')],
  'alias after identify': (m) => [m.identify('U'), m.alias('V'), m.track('A')],
  'alias of the own distinct_id': (m) => [m.alias(m.get_distinct_id()), m.track('A')],
  'alias with an original': (m) => [m.alias('U', 'original'), m.track('A')],
  'alias with the same original': (m) => m.alias('U', 'U'),
  'alias without an id': (m) => [m.alias(), m.track('A')],
  'alias an empty text': (m) => [m.alias(''), m.track('A')],
  'alias, identify another': withIDs("m.alias('U'); m.identify('V')"),
  'alias, reset, identify': withIDs("m.alias('U'); m.reset(); m.identify('U')"),
  'alias, reset, alias': (m) => [m.alias('U'), m.reset(), m.alias('V'), m.track('A')],
  'reset returns nothing': (m) => m.reset(),
  reset: (m) => {
    const before = m.get_distinct_id();
    m.register({ a: 1 });
    m.reset();
    m.track('A');
    return [m.get_distinct_id() === before, m.get_property('a'), m.get_property('$initial_referrer')];
  },
  'reset twice': (m) => {
    const all = [m.get_distinct_id()];
    for (let n = 0; n < 2; n++) {
      m.reset();
      all.push(m.get_distinct_id());
    }
    return new Set(all).size;
  },
  'reset forgets timers': (m) => {
    m.time_event('A');
    m.reset();
    return typeof m.track('A').properties.$duration;
  },
  'reset forgets waiting updates of people': (m) => [m.people.set('a', 1), m.reset(), m.identify('U')],
  'distinct_id of an anonymous visitor': (m) => /^\$device:[0-9a-f-]{36}$/.test(m.get_distinct_id()),
  name_tag: (m) => [m.name_tag('Jane'), m.track('A'), m.get_property('mp_name_tag')],
  'ids in one event after identify': (m) => m.identify('U') ?? m.track('A'),
};
