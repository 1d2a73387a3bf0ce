// register, register_once, unregister and get_property.

import { forEachValue } from './values.mjs';

export const scenarios = {
  'register returns nothing': (m) => m.register({ a: 1 }),
  'register is sent with later events': (m) => {
    m.register({ plan: 'pro', n: 1 });
    m.track('A');
    return [m.get_property('plan'), m.get_property('n'), m.get_property('none')];
  },
  'register replaces': (m) => {
    m.register({ plan: 'free' });
    m.register({ plan: 'pro' });
    return m.track('A');
  },
  'properties of the event win': (m) => {
    m.register({ plan: 'free' });
    return m.track('A', { plan: 'own' });
  },
  ...forEachValue(
    'register a value',
    (value) => `(m) => { m.register({ value: ${value} }); m.track('A'); return m.get_property('value'); }`,
  ),
  ...forEachValue(
    'register what is not properties',
    (value) => `(m) => { const r = m.register(${value}); m.track('A'); return r; }`,
  ),
  'register_once keeps': (m) => {
    m.register_once({ plan: 'free' });
    m.register_once({ plan: 'pro' });
    return [m.track('A'), m.get_property('plan')];
  },
  'register_once replaces the default None': (m) => {
    m.register({ plan: 'None' });
    m.register_once({ plan: 'pro' });
    return m.get_property('plan');
  },
  'register_once replaces a given default': (m) => {
    m.register({ a: 'x', b: 0 });
    m.register_once({ a: 'new' }, 'x');
    m.register_once({ b: 'new' }, 0);
    return [m.get_property('a'), m.get_property('b')];
  },
  'register_once after register': (m) => {
    m.register({ plan: 'free' });
    m.register_once({ plan: 'pro', other: 1 });
    return m.track('A');
  },
  'register_once of null': (m) => {
    m.register({ a: null });
    m.register_once({ a: 'new' });
    return m.get_property('a');
  },
  unregister: (m) => {
    m.register({ a: 1, b: 2 });
    const returned = m.unregister('a');
    m.track('A');
    return [returned, m.get_property('a'), m.get_property('b')];
  },
  'unregister what is not there': (m) => [m.unregister('none'), m.unregister(), m.track('A')],
  'unregister $-properties': (m) => {
    m.unregister('$initial_referrer');
    return m.track('A');
  },
  'register with persistent: false': (m) => {
    m.register({ a: 1 }, { persistent: false });
    m.track('A');
    return m.get_property('a');
  },
  'register_once with persistent: false': (m) => {
    m.register({ b: 1 });
    m.register_once({ a: 1, b: 2 }, 'None', { persistent: false });
    return [m.track('A'), m.get_property('a'), m.get_property('b')];
  },
  'unregister with persistent: false': (m) => {
    m.register({ a: 1 }, { persistent: false });
    m.register({ b: 1 });
    m.unregister('a', { persistent: false });
    m.unregister('b', { persistent: false });
    return m.track('A');
  },
  'register with a number of days': (m) => {
    m.register({ a: 1 }, 7);
    m.register_once({ b: 1 }, 'None', 7);
    return m.track('A');
  },
  'register with persistent: true': (m) => {
    m.register({ a: 1 }, { persistent: true, days: 3 });
    return m.track('A');
  },
  'register properties that Mixpanel sets': (m) => {
    m.register({ $browser: 'own', mp_lib: 'own', $current_url: 'own' });
    return m.track('A');
  },
  'register distinct_id': (m) => {
    m.register({ distinct_id: 'own' });
    m.track('A');
    return m.get_distinct_id();
  },
  'register token': (m) => {
    m.register({ token: 'own' });
    return m.track('A');
  },
  'get_property of ids': (m) =>
    ['distinct_id', '$device_id', '$user_id', '$initial_referrer', 'utm_source'].map((name) => m.get_property(name)),
  'get_property of nothing': (m) => [m.get_property(), m.get_property(null), m.get_property('')],
  'get_property returns the list itself': (m) => {
    m.register({ list: [1] });
    m.get_property('list').push(2);
    return m.get_property('list');
  },
  'super properties of a second tracker': (m) => {
    m.register({ a: 1 });
    return m.get_property('a');
  },
};

export const visits = {
  'super properties stay': [
    {},
    (m) => m.register({ a: 1, list: [1, { b: 2 }] }),
    (m) => [m.track('A'), m.get_property('a')],
  ],
  'those of one page do not': [
    {},
    (m) => m.register({ a: 1 }, { persistent: false }),
    (m) => [m.track('A').properties.a, m.get_property('a')],
  ],
  'register_once keeps over pages': [
    {},
    (m) => m.register_once({ a: 1 }),
    (m) => [m.register_once({ a: 2 }), m.get_property('a')],
  ],
  'timers stay': [{}, (m) => m.time_event('A'), (m) => typeof m.track('A').properties.$duration],
  'the visitor stays': [{}, (m) => m.track('A'), (m) => m.track('B'), (m) => m.track('C')],
  'a visitor who logged in stays': [
    {},
    (m) => m.identify('U'),
    (m) => [m.track('B'), m.get_distinct_id(), m.get_property('$user_id')],
  ],
  'a visitor who logged out is new': [
    {},
    (m) => [m.identify('U'), m.reset()],
    (m) => [m.track('B'), m.get_property('$user_id')],
  ],
  'people: set before identify, on an earlier page': [
    {},
    (m) => m.people.set('a', 1),
    (m) => [m.identify('U'), m.track('B')],
  ],
  'people: identified on an earlier page': [{}, (m) => m.identify('U'), (m) => m.people.set('a', 1)],
  'people: identified on an earlier page, and again': [
    {},
    (m) => m.identify('U'),
    (m) => [m.people.set('a', 1), m.identify('U')],
  ],
  'groups stay': [{}, (m) => m.set_group('company', 'acme'), (m) => [m.track('A'), m.get_property('company')]],
  'an opt-out stays': [
    {},
    (m) => m.opt_out_tracking(),
    (m) => [m.track('A'), m.has_opted_out_tracking(), m.has_opted_in_tracking()],
  ],
  'an opt-in stays': [
    {},
    (m) => m.opt_in_tracking(),
    (m) => [m.track('A'), m.has_opted_out_tracking(), m.has_opted_in_tracking()],
  ],
  'a cleared opt-out is forgotten': [
    {},
    (m) => [m.opt_out_tracking(), m.clear_opt_in_out_tracking()],
    (m) => [m.track('A'), m.has_opted_out_tracking(), m.has_opted_in_tracking()],
  ],
  'disabled events are enabled on the next page': [{}, (m) => m.disable(['A']), (m) => m.track('A')],
  'localStorage: the visitor stays': [
    { persistence: 'localStorage' },
    (m) => [m.register({ a: 1 }), m.track('A')],
    (m) => m.track('B'),
  ],
  'disable_persistence: nobody is remembered': [
    { disable_persistence: true },
    (m) => m.register({ a: 1 }),
    (m) => [m.track('B').properties.a, m.get_property('a')],
  ],
  'a name of the page for the record': [
    { persistence_name: 'own' },
    (m) => m.register({ a: 1 }),
    (m) => m.get_property('a'),
  ],
};
