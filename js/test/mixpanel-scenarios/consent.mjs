// Consent.

const asked = '[m.has_opted_in_tracking(), m.has_opted_out_tracking()]';
const told = (text, config = {}) => [config, `(m, t) => { ${text}; m.track('Z'); return ${asked}; }`];

export const scenarios = {
  'nobody was asked': told(''),
  opt_out_tracking: told('m.opt_out_tracking()'),
  'opt_out_tracking returns nothing': (m) => m.opt_out_tracking(),
  opt_in_tracking: told('m.opt_in_tracking()'),
  'opt_in_tracking returns nothing': (m) => m.opt_in_tracking(),
  'opt_in_tracking with an own event': told(
    "m.opt_in_tracking({ track_event_name: 'Agreed', track_properties: { n: 1 } })",
  ),
  'opt_in_tracking with an own track function': (m, t) => void m.opt_in_tracking({ track: t.callback('track') }),
  'out, in': told('m.opt_out_tracking(); m.opt_in_tracking()'),
  'in, out': told('m.opt_in_tracking(); m.opt_out_tracking()'),
  'out, clear': told('m.opt_out_tracking(); m.clear_opt_in_out_tracking()'),
  'in, clear': told('m.opt_in_tracking(); m.clear_opt_in_out_tracking()'),
  'opted out: calls': (m, t) => {
    m.opt_out_tracking();
    const group = m.get_group('company', 'acme');
    return [
      m.track('A', {}, t.callback('track')),
      m.track_pageview(),
      m.track_with_groups('A', {}, {}),
      m.identify('U'),
      m.alias('V'),
      m.register({ a: 1 }),
      m.people.set('a', 1, t.callback('people')),
      group.set('a', 1, t.callback('group')),
      m.set_group('company', 'acme', t.callback('set_group')),
      m.time_event('A'),
      m.get_property('a'),
    ];
  },
  'opted out: callbacks as the last argument': (m, t) => {
    m.opt_out_tracking();
    m.track('A', t.callback('track'));
    m.people.increment('n', t.callback('increment'));
  },
  'opted out, then in: calls from between': (m) => {
    m.opt_out_tracking();
    m.track('A');
    m.register({ a: 1 });
    m.opt_in_tracking();
    return m.track('B');
  },
  'opt_out_tracking keeps the visitor with clear_persistence: false': (m) => {
    const before = m.get_distinct_id();
    m.opt_out_tracking({ clear_persistence: false });
    m.opt_in_tracking();
    return [m.get_distinct_id() === before, m.track('A')];
  },
  'opt_out_tracking clears super properties': (m) => {
    m.register({ a: 1 });
    m.opt_out_tracking();
    return m.get_property('a');
  },
  'opt_out_tracking with a name of the page': told('m.opt_out_tracking({ cookie_prefix: "own_" })'),
  'opt_out_tracking in a cookie': told('m.opt_out_tracking({ persistence_type: "cookie" })'),
  'opt_out_tracking of somebody known deletes the profile': (m) => [m.identify('U'), m.opt_out_tracking()],
  'opt_out_tracking with delete_user: false': (m) => [m.identify('U'), m.opt_out_tracking({ delete_user: false })],
  opt_out_tracking_by_default: told('', { opt_out_tracking_by_default: true }),
  'opt_out_tracking_by_default, then in': told('m.opt_in_tracking()', { opt_out_tracking_by_default: true }),
  opt_out_tracking_cookie_prefix: told('m.opt_out_tracking()', { opt_out_tracking_cookie_prefix: 'own_' }),
  'opt_out_tracking_persistence_type cookie': told('m.opt_out_tracking()', {
    opt_out_tracking_persistence_type: 'cookie',
  }),
  opt_out_persistence_by_default: told('', { opt_out_persistence_by_default: true }),
};

export const doNotTrack = {
  'nothing is sent': (m, t) => [
    m.track('A', {}, t.callback('done')),
    m.has_opted_out_tracking(),
    m.has_opted_in_tracking(),
  ],
  'nothing is sent after an opt-in': (m) => [
    m.opt_in_tracking(),
    m.track('A'),
    m.has_opted_out_tracking(),
    m.has_opted_in_tracking(),
  ],
  people: (m, t) => [m.identify('U'), m.people.set('a', 1, t.callback('people'))],
  ignore_dnt: [{ ignore_dnt: true }, (m) => [m.track('A'), m.has_opted_out_tracking()]],
};
