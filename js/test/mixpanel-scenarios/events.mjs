// track, and what its events carry.

import { forEachValue } from './values.mjs';

export const scenarios = {
  'track with a name': (m) => m.track('A'),
  'track with properties': (m) =>
    m.track('A', { n: 1, text: 'x', list: [1, 'a'], nested: { a: { b: null } }, yes: true }),
  ...forEachValue('track with a property', (value) => `(m) => m.track('A', { value: ${value} })`),
  ...forEachValue('track with properties that are', (value) => `(m) => m.track('A', ${value})`),
  'several events keep their order': (m) => [1, 2, 3, 4, 5].map((n) => m.track('A', { n }).properties.n),
  'the returned event may be changed by the page': (m) => {
    m.track('A', { n: 1 }).properties.n = 2;
    return m.track('B');
  },
  'properties are taken at the call': (m) => {
    const properties = { n: 1 };
    m.track('A', properties);
    properties.n = 2;
  },
  'properties are not changed': (m) => {
    const properties = { n: 1 };
    m.track('A', properties);
    return properties;
  },
  'an event of the past': (m) => m.track('A', { time: 1700000000 }),
  'an event with the time as a text': (m) => m.track('A', { time: '2023-11-14' }),
  'an own insert id': (m) => m.track('A', { $insert_id: 'own-1' }).properties.$insert_id,
  'a property named token': (m) => m.track('A', { token: 'other' }),
  'a property named distinct_id': (m) => m.track('A', { distinct_id: 'other' }),
  'a property named $device_id': (m) => m.track('A', { $device_id: 'other' }),
  'a property that replaces one of the page': (m) =>
    m.track('A', { $browser: 'own', $current_url: 'own', mp_lib: 'own' }),
  'an event without a name': (m) => [m.track(), m.track(undefined, { n: 1 })],
  'an event whose name is empty': (m) => m.track(''),
  'an event whose name is a number': (m) => m.track(5),
  'an event whose name is null': (m) => m.track(null),
  'an event whose name is an object': (m) => m.track({ a: 1 }),
  'a long name': (m) => m.track('x'.repeat(300)),
  'a name with an emoji': (m) => m.track('a😀b'),
  "Mixpanel's own event names": (m) => [m.track('$identify', { n: 1 }), m.track('mp_page_view')],
  'time_event sets the duration once': async (m, t) => {
    m.time_event('A');
    await t.sleep(5);
    return [typeof m.track('A').properties.$duration, typeof m.track('A').properties.$duration];
  },
  'time_event of another event': (m) => {
    m.time_event('A');
    return m.track('B');
  },
  'time_event without a name': (m) => [m.time_event(), m.time_event('')],
  'time_event returns nothing': (m) => m.time_event('A'),
  'two timers': (m) => {
    m.time_event('A');
    m.time_event('B');
    m.track('B');
    return m.track('A');
  },
  'an own $duration': (m) => {
    m.time_event('A');
    m.track('A', { $duration: 'own' });
  },
  track_with_groups: (m) => m.track_with_groups('A', { n: 1 }, { company: 'acme', team: ['x', 'y'] }),
  'track_with_groups without groups': (m) => [m.track_with_groups('A', { n: 1 }), m.track_with_groups('B')],
  'track_with_groups: null groups': (m) => m.track_with_groups('A', null, { company: null, team: undefined, other: 0 }),
  'track_with_groups: a group replaces a property': (m) => m.track_with_groups('A', { company: 1 }, { company: 2 }),
  'track_with_groups with a callback': (m, t) =>
    void m.track_with_groups('A', {}, { company: 'acme' }, t.callback('done')),
};
