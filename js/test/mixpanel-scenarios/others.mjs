// disable, push, page views, links, what is asked of a tracker, and Mixpanel's other products.

export const scenarios = {
  'disable all events': (m, t) => [m.disable(), m.track('A', {}, t.callback('done')), m.time_event('A')],
  'disable some events': (m) => [m.disable(['A']), m.track('A'), m.track('B')],
  'disable more events': (m) => [m.disable(['A']), m.disable(['B']), m.track('A'), m.track('B'), m.track('C')],
  'disable, then people': (m) => [m.identify('U'), m.disable(), m.people.set('a', 1)],
  'disable an event that is sent by identify': (m) => [m.disable(['$identify']), m.identify('U')],
  'push a call': (m) => [m.push(['track', 'A', { n: 1 }]), m.push(['register', { a: 1 }]), m.get_property('a')],
  'push a function': (m, t) => m.push(t.callback('pushed')),
  'push a function: this': (m) => {
    let self;
    m.push(function () {
      self = this === m;
    });
    return self;
  },
  'push a chained call': (m) =>
    m.push([
      ['get_group', 'company', 'acme'],
      ['set', 'a', 1],
    ]),
  'push an unknown method': (m) => m.push(['track', 'A']),
  'push people': (m) => [m.identify('U'), m.people.set('a', 1)],
  get_config: (m) =>
    [
      'api_method',
      'batch_size',
      'persistence',
      'cookie_expiration',
      'track_links_timeout',
      'ip',
      'debug',
      'none',
      'hooks',
    ].map((name) => m.get_config(name)),
  'get_config of all': (m) => typeof m.get_config(),
  'get_config of a set option': (m) => [m.set_config({ own: 1, debug: false }), m.get_config('own')],
  'get_config of token and name': (m) => [m.get_config('token'), m.get_config('name')],
  toString: (m) => String(m),
  get_tab_id: (m) => [/^\$tab-[0-9a-f-]{36}$/.test(m.get_tab_id()), new Set([m.get_tab_id(), m.get_tab_id()]).size],
  'get_tab_id without persistence': [{ disable_persistence: true }, (m) => m.get_tab_id()],
  get_api_host: (m) => [m.get_api_host('events'), m.get_api_host('people')],
  track_pageview: (m) => m.track_pageview(),
  'track_pageview with properties': (m) => m.track_pageview({ a: 1, current_page_title: 'own' }),
  'track_pageview with an own name': (m) => m.track_pageview({}, { event_name: 'Seen' }),
  'track_pageview with odd arguments': (m) => [
    m.track_pageview('text'),
    m.track_pageview(null),
    m.track_pageview(5, null),
  ],
  'track_pageview without marketing': [{ track_marketing: false }, (m) => m.track_pageview()],
  'track_pageview at init': [{ track_pageview: true }, (m) => m.track('A')],
  'track_pageview at init, full-url': [
    { track_pageview: 'full-url' },
    async (m, t) => {
      const url = location.href;
      history.pushState(null, '', '#1');
      history.pushState(null, '', '#1');
      history.pushState(null, '', '?utm_source=news&q=1');
      m.track('A');
      await t.sleep(10);
      history.pushState(null, '', url);
      m.set_config({ track_pageview: false });
    },
  ],
  track_links: (m) => {
    const link = document.getElementById('link');
    const stop = (event) => event.preventDefault();
    document.addEventListener('click', stop);
    const returned = m.track_links('#link', 'Clicked', { a: 1 });
    link.click();
    document.removeEventListener('click', stop);
    return returned;
  },
  'track_links with a callback': [
    { track_links_timeout: 9000 },
    async (m, t) => {
      const link = Object.assign(document.createElement('a'), { href: '#there', id: 'own' });
      document.body.append(link);
      const returned = m.track_links(link, 'Clicked', (element) => ({ id: element.id }), t.callback('clicked', false));
      link.click();
      await t.sleep(20);
      return [returned];
    },
  ],
  'track_links of a list': (m) => {
    const links = [1, 2].map(() => Object.assign(document.createElement('a'), { href: '#there' }));
    const returned = m.track_links(links, 'Clicked', {}, () => false);
    for (const link of links) link.click();
    return returned;
  },
  'track_links that finds nothing': (m) => m.track_links('#none', 'Clicked'),
  track_forms: [
    { track_links_timeout: 9000 },
    async (m, t) => {
      const form = Object.assign(document.createElement('form'), { id: 'order' });
      document.body.append(form);
      const returned = m.track_forms('#order', 'Ordered', { a: 1 }, t.callback('submitted', false));
      document.addEventListener('submit', (event) => event.preventDefault(), { once: true });
      form.requestSubmit();
      await t.sleep(20);
      return returned;
    },
  ],
  flags: (m) => [
    m.flags.get_variant_value_sync('f', 'fallback'),
    m.flags.is_enabled_sync('f', false),
    m.flags.are_flags_ready(),
  ],
  'flags, with promises': async (m) => [
    await m.flags.get_variant_value('f', 'fallback'),
    await m.flags.is_enabled('f', false),
  ],
  'session recording': (m) => [
    m.get_session_recording_properties(),
    m.get_session_replay_url(),
    m.stop_session_recording() === undefined,
  ],
  'methods that exist': (m) =>
    [
      'track',
      'push',
      'disable',
      'people',
      'get_group',
      'opt_in_tracking',
      'start_batch_senders',
      'flags',
      'persistence',
      'cookie',
      'config',
      'init',
      'none',
    ].map((name) => typeof m[name]),
  loaded: ['(t) => ({ loaded: t.callback("loaded") })', (m) => m.track('A') && undefined],
  'loaded gets the tracker, before init returns': [
    '() => ({ loaded: (m) => { window.loadedName = String(m); } })',
    () => window.loadedName,
  ],
  'init again with the same name': (m, t) => window.mixpanel.init(t.token, {}, m.get_config('name')) === m,
  'a tracker of another name': (m, t) => {
    const other = window.mixpanel.init(
      `${t.token}x`,
      { api_host: t.api_host, batch_requests: false },
      `${m.get_config('name')}x`,
    );
    other.register({ a: 1 });
    other.track('A');
    return [m.get_property('a'), String(other), window.mixpanel[`${m.get_config('name')}x`] === other];
  },
  report_error: (m) => typeof m.report_error,
  'config of the tracker': (m) => [typeof m.config, m.config?.api_method],
};

export const primary = {
  'the default tracker': (m) => [m.track('A'), String(m), m.get_config('name')],
  'the default tracker has init': (m) => [typeof m.init, m.init('other', {})],
  'init twice': (m, t) => [m.init(t.token, {}), m.track('A')],
  'init under the default name': (m, t) => [m.init(t.token, {}, 'mixpanel'), m.track('A')],
  'people, groups and push': (m) => [m.identify('U'), m.people.set('a', 1), m.push(['track', 'A'])],
  'reset and alias': (m) => [m.alias('U'), m.reset(), m.track('A')],
  opt_out_tracking: (m) => [m.opt_out_tracking(), m.track('A'), m.has_opted_out_tracking()],
  'persistence localStorage': [{ persistence: 'localStorage' }, (m) => [m.register({ a: 1 }), m.track('A')]],
};

export const withoutInit = {
  'methods of the default tracker': (m) => typeof m.track,
};
