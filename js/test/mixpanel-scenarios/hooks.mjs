// Hooks: the option, add_hook and remove_hook.

const hooked = (hooks, ...steps) => [`() => ({ hooks: ${hooks} })`, ...steps];
const all = (m) => {
  m.register({ a: 1 });
  m.register_once({ b: 1 });
  m.unregister('a');
  m.time_event('A');
  m.alias('X');
  m.identify('U');
  m.people.set('a', 1);
  m.get_group('company', 'acme').set('a', 1);
  return m.track('A', { n: 1 });
};

export const scenarios = {
  'before_track changes the event': hooked(
    '{ before_track: (event, properties) => [event + "!", { ...properties, h: 1 }] }',
    (m) => m.track('A', { n: 1 }),
  ),
  'before_track stops the event': hooked('{ before_track: () => null }', (m, t) =>
    m.track('A', {}, t.callback('done')),
  ),
  'before_track returns nothing': hooked('{ before_track: () => {} }', (m) => m.track('A')),
  'before_track returns only a name': hooked('{ before_track: () => "B" }', (m) => m.track('A', { n: 1 })),
  'before_track throws': hooked('{ before_track: () => { throw new Error("own"); } }', (m) => m.track('A')),
  'before_track, a list': hooked(
    '{ before_track: [(event, properties) => [event + "1", properties], (event, properties) => [event + "2", properties]] }',
    (m) => m.track('A'),
  ),
  'before_track gets what was passed': hooked(
    '{ before_track: (...args) => { window.seen = args.length; return args; } }',
    (m) => [m.track('A'), window.seen],
  ),
  'before_track sees track_with_groups': hooked(
    '{ before_track: (event, properties) => [event, { ...properties, h: Object.keys(properties).length }] }',
    (m) => m.track_with_groups('A', { n: 1 }, { company: 'acme' }),
  ),
  'before_track sees $identify and $create_alias': hooked(
    '{ before_track: (event, properties) => [event, { ...properties, h: 1 }] }',
    (m) => [m.alias('U'), m.identify('V')],
  ),
  before_identify: hooked('{ before_identify: (id) => id + "!" }', (m) => [m.identify('U'), m.get_distinct_id()]),
  'before_identify stops': hooked('{ before_identify: () => null }', (m) => [m.identify('U'), m.track('A')]),
  before_register: hooked('{ before_register: (properties, options) => [{ ...properties, h: 1 }, options] }', (m) => [
    m.register({ a: 1 }),
    m.track('A'),
  ]),
  'before_register stops': hooked('{ before_register: () => null }', (m) => [m.register({ a: 1 }), m.track('A')]),
  before_register_once: hooked(
    '{ before_register_once: (properties, ...rest) => [{ ...properties, h: 1 }, ...rest] }',
    (m) => [m.register_once({ a: 1 }), m.track('A')],
  ),
  before_unregister: hooked('{ before_unregister: (name) => name + "b" }', (m) => [
    m.register({ a: 1, ab: 2 }),
    m.unregister('a'),
    m.track('A'),
  ]),
  before_send_events: hooked(
    '{ before_send_events: (message) => { message.properties.h = 1; return message; } }',
    (m, t) => m.track('A', {}, t.callback('done')),
  ),
  'before_send_events stops': hooked('{ before_send_events: () => null }', (m, t) =>
    m.track('A', {}, t.callback('done')),
  ),
  before_send_people: hooked('{ before_send_people: (message) => { message.$set.h = 1; return message; } }', (m) => [
    m.identify('U'),
    m.people.set('a', 1),
  ]),
  before_send_groups: hooked('{ before_send_groups: (message) => { message.$set.h = 1; return message; } }', (m) =>
    m.get_group('company', 'acme').set('a', 1),
  ),
  'all calls with a hook that does nothing': hooked(
    '{ before_track: (...a) => a, before_identify: (a) => a, before_register: (...a) => a, before_register_once: (...a) => a, before_unregister: (...a) => a }',
    all,
  ),
  'all calls without hooks': all,
  add_hook: (m) => [m.add_hook('before_track', (event, properties) => [`${event}!`, properties]), m.track('A')],
  'add_hook after the option': hooked('{ before_track: (event, properties) => [event + "1", properties] }', (m) => [
    m.add_hook('before_track', (event, properties) => [`${event}2`, properties]),
    m.track('A'),
  ]),
  remove_hook: (m) => {
    const hook = (event, properties) => [`${event}!`, properties];
    m.add_hook('before_track', hook);
    const returned = m.remove_hook('before_track', hook);
    return [returned, m.track('A')];
  },
  'remove_hook that is not there': (m) => [m.remove_hook('before_track', () => {}), m.track('A')],
  'add_hook that is no function': (m) => [m.add_hook('before_track', 'text'), m.track('A')],
  'set_config replaces hooks': hooked('{ before_track: (event, properties) => [event + "1", properties] }', (m) => [
    m.set_config({ hooks: { before_track: (event, properties) => [`${event}2`, properties] } }),
    m.track('A'),
  ]),
  skip_hooks: hooked('{ before_track: (event, properties) => [event + "!", properties] }', (m) =>
    m.track('A', {}, { skip_hooks: true }),
  ),
};
