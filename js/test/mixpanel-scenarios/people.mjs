// people.*: before and after identification, and with every kind of argument.

import { forEachValue } from './values.mjs';

const known = (text) => `(m, t) => { m.identify('U'); return ${text}; }`;
const late = (text) => `(m, t) => { const r = ${text}; m.identify('U'); return r; }`;

const calls = {
  'set a name': "m.people.set('a', 1)",
  'set an object': "m.people.set({ a: 1, b: 'x' })",
  'set nothing': 'm.people.set({})',
  'set reserved properties': "m.people.set({ $distinct_id: 'x', $token: 'x', $email: 'a@b.example', $browser: 'own' })",
  'set_once a name': "m.people.set_once('a', 1)",
  'set_once an object': 'm.people.set_once({ a: 1, b: 2 })',
  'unset a name': "m.people.unset('a')",
  'unset several': "m.people.unset(['a', 'b'])",
  'increment by one': "m.people.increment('n')",
  'increment by a number': "m.people.increment('n', 5)",
  'increment by a negative number': "m.people.increment('n', -2.5)",
  'increment an object': 'm.people.increment({ n: 1, k: 2 })',
  'increment by a text': "m.people.increment('n', '3')",
  'increment by what is no number': "m.people.increment('n', 'x')",
  'increment an object with what is no number': "m.people.increment({ n: 'x', k: 2 })",
  append: "m.people.append('l', 1)",
  'append a list': "m.people.append('l', [1, 2])",
  'append an object': "m.people.append({ l: 1, k: 'x' })",
  union: "m.people.union('l', 1)",
  'union a list': "m.people.union('l', [1, 2])",
  'union an object': "m.people.union({ l: 1, k: ['x'] })",
  remove: "m.people.remove('l', 1)",
  'remove an object': 'm.people.remove({ l: 1, k: 2 })',
  track_charge: 'm.people.track_charge(50)',
  clear_charges: 'm.people.clear_charges()',
  'set without arguments': 'm.people.set()',
  'unset without arguments': 'm.people.unset()',
  delete_user: 'm.people.delete_user()',
};

export const scenarios = {
  ...Object.fromEntries(Object.entries(calls).map(([name, text]) => [`identified: ${name}`, known(text)])),
  ...Object.fromEntries(Object.entries(calls).map(([name, text]) => [`then identified: ${name}`, late(text)])),
  ...forEachValue('set a value', (value) => known(`m.people.set('a', ${value})`)),
  ...forEachValue('set what is not properties', (value) => known(`m.people.set(${value})`)),
  'callbacks, identified': (m, t) => {
    m.identify('U');
    m.people.set('a', 1, t.callback('set'));
    m.people.set({ a: 1 }, t.callback('set object'));
    m.people.increment('n', t.callback('increment'));
    m.people.increment('n', 2, t.callback('increment by'));
    m.people.append('l', 1, t.callback('append'));
    m.people.union('l', 1, t.callback('union'));
    m.people.remove('l', 1, t.callback('remove'));
    m.people.unset('a', t.callback('unset'));
    m.people.set_once({ a: 1 }, t.callback('set_once'));
    m.people.clear_charges(t.callback('clear_charges'));
  },
  'callbacks, then identified': (m, t) => {
    m.people.set('a', 1, t.callback('set'));
    m.people.increment('n', t.callback('increment'));
    m.identify('U');
  },
  'updates that wait are merged': (m) => {
    m.people.set('a', 1);
    m.people.set({ a: 2, b: 3 });
    m.people.increment('n');
    m.people.increment('n', 4);
    m.people.union('l', 1);
    m.people.union('l', [2]);
    m.identify('U');
  },
  'set, then set_once': (m) => {
    m.people.set_once('a', 1);
    m.people.set_once('a', 2);
    m.people.set('b', 1);
    m.identify('U');
  },
  'unset what was set': (m) => {
    m.people.set('a', 1);
    m.people.unset('a');
    m.identify('U');
  },
  'set what was unset': (m) => {
    m.people.unset('a');
    m.people.set('a', 1);
    m.identify('U');
  },
  'two appends wait': (m) => {
    m.people.append('l', 1);
    m.people.append('k', 2);
    m.identify('U');
  },
  'alias does not let them go': (m) => {
    m.people.set('a', 1);
    m.alias('U');
    m.track('A');
  },
  'identify twice sends once': (m) => {
    m.people.set('a', 1);
    m.identify('U');
    m.identify('U');
  },
  property_blacklist: [
    { property_blacklist: ['a', '$browser'] },
    (m) => [m.identify('U'), m.people.set({ a: 1, b: 2 })],
  ],
  toString: (m) => String(m.people),
};
