// How requests are made: callbacks, transport, formats, addresses.

export const scenarios = {
  'callback of track': (m, t) => void m.track('A', { n: 1 }, t.callback('done')),
  'callback of track, as the fourth argument': (m, t) => void m.track('A', { n: 1 }, {}, t.callback('done')),
  'callback with verbose': [{ verbose: true }, (m, t) => void m.track('A', {}, t.callback('done'))],
  'callback of a refused event': [
    (t) => ({ api_host: `${t.api_host}/fail` }),
    (m, t) => void m.track('A', {}, t.callback('done')),
  ],
  'callback of a refused event, verbose': [
    (t) => ({ api_host: `${t.api_host}/fail`, verbose: true }),
    (m, t) => void m.track('A', {}, t.callback('done')),
  ],
  'a callback that is no function': (m) => m.track('A', {}, 'text'),
  send_immediately: (m, t) => m.track('A', {}, { send_immediately: true }, t.callback('done')),
  'transport sendBeacon': (m, t) => m.track('A', {}, { transport: 'sendBeacon' }, t.callback('done')),
  'transport xhr': (m, t) => m.track('A', {}, { transport: 'xhr' }, t.callback('done')),
  'api_transport sendBeacon': [{ api_transport: 'sendBeacon' }, (m, t) => m.track('A', {}, t.callback('done'))],
  'api_method GET': [{ api_method: 'GET' }, (m, t) => m.track('A', { n: 1 }, t.callback('done'))],
  'api_method get': [{ api_method: 'get' }, (m) => m.track('A')],
  'api_payload_format json': [
    { api_payload_format: 'json' },
    (m) => [m.track('A'), m.identify('U'), m.people.set('a', 1)],
  ],
  'api_payload_format base64, an emoji': [{ api_payload_format: 'base64' }, (m) => m.track('a😀b')],
  api_routes: [
    { api_routes: { track: 't/', engage: 'e/', groups: 'g/' } },
    (m) => [m.track('A'), m.identify('U'), m.people.set('a', 1), m.get_group('c', 'a').set('a', 1)],
  ],
  'some api_routes': [{ api_routes: { track: 't' } }, (m) => m.track('A')],
  api_hosts: [
    (t) => ({ api_hosts: { people: `${t.api_host}/people`, groups: `${t.api_host}/groups` } }),
    (m) => [m.track('A'), m.identify('U'), m.people.set('a', 1), m.get_group('c', 'a').set('a', 1)],
  ],
  api_extra_query_params: [
    { api_extra_query_params: { a: 1, b: 'x y&z' } },
    (m) => [m.track('A'), m.identify('U'), m.people.set('a', 1)],
  ],
  'ip false': [{ ip: false }, (m) => [m.track('A'), m.identify('U'), m.people.set('a', 1)]],
  'ip 0': [{ ip: 0 }, (m) => m.track('A')],
  'test true': [{ test: true }, (m) => m.track('A')],
  xhr_headers: [{ xhr_headers: { 'X-Own': 'yes' } }, (m) => m.track('A')],
  'img true': [{ img: true }, (m, t) => [m.track('A', {}, t.callback('done')), m.identify('U'), m.people.set('a', 1)]],
  'track_links with img true': [{ img: true }, (m) => m.track_links('#link', 'A')],
  property_blacklist: [
    { property_blacklist: ['a', '$current_url', 'utm_source'] },
    (m) => [m.register({ a: 1 }), m.track('A', { b: 1 })],
  ],
  'property_blacklist is no list': [{ property_blacklist: 'a' }, (m) => m.track('A', { a: 1 })],
  'track_marketing false': [{ track_marketing: false }, (m) => m.track('A')],
  'save_referrer false': [{ save_referrer: false }, (m) => m.track('A')],
  'store_google false': [{ store_google: false }, (m) => m.track('A')],
  stop_utm_persistence: [
    { stop_utm_persistence: true },
    (m) => m.track('A'),
    (m) => [m.track('B'), m.get_property('utm_source')],
  ],
  skip_first_touch_marketing: [
    { skip_first_touch_marketing: true },
    (m) => [m.track('A'), m.identify('U'), m.people.set('a', 1)],
  ],
  mp_loader: [{ mp_loader: 'gtm' }, (m) => m.track('A')],
  'api_host with a slash at the end': [(t) => ({ api_host: `${t.api_host}/` }), (m) => m.track('A')],
  'set_config changes the address': (m, t) => [m.set_config({ api_host: `${t.api_host}/new` }), m.track('A')],
  'set_config changes property_blacklist': (m) => [m.set_config({ property_blacklist: ['n'] }), m.track('A', { n: 1 })],
  'set_config returns nothing': (m) => [m.set_config({}), m.set_config(), m.set_config('text'), m.set_config(null)],
};

export const batch = {
  track: [{ batch_requests: true, batch_flush_interval_ms: 10 }, (m) => m.track('A', { n: 1 })],
  'several events': [
    { batch_requests: true, batch_flush_interval_ms: 10 },
    (m) => [m.track('A'), m.track('B'), m.track('C')].length,
  ],
  callback: [
    { batch_requests: true, batch_flush_interval_ms: 10 },
    (m, t) => void m.track('A', {}, t.callback('done')),
  ],
  'people and groups': [
    { batch_requests: true, batch_flush_interval_ms: 10 },
    (m) => [m.identify('U'), m.people.set('a', 1), m.get_group('c', 'a').set('a', 1)],
  ],
  send_immediately: [
    { batch_requests: true, batch_flush_interval_ms: 10 },
    (m, t) => m.track('A', {}, { send_immediately: true }, t.callback('done')),
  ],
  'batch_autostart false, start_batch_senders': [
    { batch_requests: true, batch_flush_interval_ms: 10, batch_autostart: false },
    async (m, t) => {
      m.track('A');
      await t.sleep(50);
      return m.start_batch_senders();
    },
  ],
  stop_batch_senders: [
    { batch_requests: true, batch_flush_interval_ms: 10 },
    (m) => [m.stop_batch_senders(), m.track('A')],
  ],
  before_send_events: [
    '() => ({ batch_requests: true, batch_flush_interval_ms: 10, hooks: { before_send_events: (message) => { message.properties.h = 1; return message; } } })',
    (m) => [m.track('A'), m.track('B')],
  ],
  'before_send_events stops one': [
    '() => ({ batch_requests: true, batch_flush_interval_ms: 10, hooks: { before_send_events: (message) => message.event === "A" ? null : message } })',
    (m) => [m.track('A'), m.track('B')],
  ],
};
