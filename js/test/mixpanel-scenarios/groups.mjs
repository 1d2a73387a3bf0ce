// Groups.

export const scenarios = {
  set_group: (m) => [m.identify('U'), m.set_group('company', 'acme'), m.track('A')],
  'set_group, several': (m) => [m.identify('U'), m.set_group('company', ['acme', 'b']), m.track('A')],
  'set_group, a number': (m) => [m.identify('U'), m.set_group('company', 7), m.get_property('company')],
  'set_group, anonymous': (m) => [m.set_group('company', 'acme'), m.track('A'), m.identify('U')],
  'set_group again': (m) => [m.set_group('company', 'acme'), m.set_group('company', 'b'), m.get_property('company')],
  'set_group without arguments': (m) => [m.identify('U'), m.set_group()],
  'set_group with a callback': (m, t) => [m.identify('U'), m.set_group('company', 'acme', t.callback('done'))],
  add_group: (m) => [m.identify('U'), m.add_group('company', 'acme'), m.track('A')],
  'add_group, a second': (m) => [
    m.identify('U'),
    m.add_group('company', 'acme'),
    m.add_group('company', 'b'),
    m.track('A'),
  ],
  'add_group, the same': (m) => [
    m.identify('U'),
    m.add_group('company', 'acme'),
    m.add_group('company', 'acme'),
    m.track('A'),
  ],
  'add_group with a callback': (m, t) => [m.identify('U'), m.add_group('company', 'acme', t.callback('done'))],
  remove_group: (m) => [
    m.identify('U'),
    m.set_group('company', ['acme']),
    m.remove_group('company', 'acme'),
    m.get_property('company'),
  ],
  'remove_group, one of two': (m) => [
    m.identify('U'),
    m.set_group('company', ['acme', 'b']),
    m.remove_group('company', 'acme'),
    m.track('A'),
  ],
  'remove_group, not a member': (m) => [m.identify('U'), m.remove_group('company', 'acme'), m.track('A')],
  'remove_group with a callback': (m, t) => [m.identify('U'), m.remove_group('company', 'acme', t.callback('done'))],
  'get_group twice is one object': (m) => [
    new Set([m.get_group('company', 'acme'), m.get_group('company', 'acme')]).size,
    m.get_group('company', 'b') === m.get_group('company', 'acme'),
  ],
  'get_group: a number and a text': (m) => m.get_group('company', 1) === m.get_group('company', '1'),
  'group: set': (m) => m.get_group('company', 'acme').set('a', 1),
  'group: set an object': (m) => m.get_group('company', 'acme').set({ a: 1, b: [2] }),
  'group: set_once': (m) => m.get_group('company', 'acme').set_once('a', 1),
  'group: set_once an object': (m) => m.get_group('company', 'acme').set_once({ a: 1 }),
  'group: unset': (m) => m.get_group('company', 'acme').unset('a'),
  'group: unset several': (m) => m.get_group('company', 'acme').unset(['a', 'b']),
  'group: union': (m) => m.get_group('company', 'acme').union('l', [1, 2]),
  'group: union one value': (m) => m.get_group('company', 'acme').union('l', 1),
  'group: remove': (m) => m.get_group('company', 'acme').remove('l', 1),
  'group: delete': (m) => m.get_group('company', 'acme').delete(),
  'group: after delete': (m) => [m.get_group('company', 'acme').delete(), m.get_group('company', 'acme').set('a', 1)],
  'group: a number': (m) => m.get_group('company', 7).set('a', 1),
  'group: reserved properties': (m) =>
    m.get_group('company', 'acme').set({ $group_key: 'x', $group_id: 'x', $token: 'x', a: 1 }),
  'group: no properties': (m) => m.get_group('company', 'acme').set({}),
  'group: without arguments': (m) => m.get_group('company', 'acme').set(),
  'group: callbacks': (m, t) => {
    const group = m.get_group('company', 'acme');
    group.set('a', 1, t.callback('set'));
    group.set({ a: 1 }, t.callback('set object'));
    group.set_once('a', 1, t.callback('set_once'));
    group.unset('a', t.callback('unset'));
    group.union('l', [1], t.callback('union'));
    group.remove('l', 1, t.callback('remove'));
    group.delete(t.callback('delete'));
  },
  'group: toString': (m) => String(m.get_group('company', 'acme')),
  'group: the visitor is anonymous': (m) => [m.get_group('company', 'acme').set('a', 1), m.track('A')],
};
