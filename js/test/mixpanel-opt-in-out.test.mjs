// Opting out and in, with every option, in mixpanel-browser itself and in our entry of its interface: each case runs in both, and what is stored,
// what each call returns and what is sent must be the same. Where they differ on purpose, the case says what ours does, and why.

import assert from 'node:assert/strict';
import { test } from './harness/bounded-test.mjs';
import { useEnvironment } from './harness/environment.mjs';
import { bundleMixpanel } from './harness/mixpanel-bundle.mjs';
import { before } from './harness/ordered-hooks.mjs';

const environment = useEnvironment();
const libraries = { theirs: '/theirs/mixpanel.js', ours: '/lib/throughline.mixpanel.js' };

before(async () => {
  const mixpanel = await bundleMixpanel();
  environment.site.answers[libraries.theirs] = (_request, response) =>
    response.writeHead(200, { 'Content-Type': 'text/javascript' }).end(mixpanel);
});

// Runs in each page, before the library: records the requests and the cookies that are written, and has what the cases' scripts need.
function recorder() {
  window.requests = [];
  window.cookies = [];
  window.XMLHttpRequest = class {
    withCredentials = false;
    open(_method, url) {
      this.url = url;
    }
    setRequestHeader() {}
    getResponseHeader() {
      return null;
    }
    send(body) {
      const records = JSON.parse(new URLSearchParams(body).get('data'));
      const path = new URL(this.url).pathname;
      for (const record of [records].flat()) requests.push([path, record]);
      setTimeout(() => {
        Object.assign(this, { readyState: 4, status: 200, responseText: '1' });
        this.onreadystatechange();
      });
    }
  };
  const { get, set } = Object.getOwnPropertyDescriptor(Document.prototype, 'cookie');
  Object.defineProperty(Document.prototype, 'cookie', {
    get,
    set(text) {
      cookies.push(text);
      set.call(this, text);
    },
  });

  /** What one tracker sent: the event, or the operation and its operands. */
  const describe = ([path, record]) => {
    if (record.event) {
      const { n, source, distinct_id } = record.properties;
      return [path, record.event, n ?? source ?? '', typeof distinct_id];
    }
    const [operator] = Object.keys(record).filter((key) =>
      /^\$(set|set_once|delete|unset|add|append|union|remove)$/.test(key),
    );
    return [
      path,
      operator,
      operator === '$set'
        ? Object.keys(record.$set)
            .filter((key) => !/^\$(os|browser)/.test(key))
            .join()
        : '',
    ];
  };

  /** Opens a tracker and runs a case's script, which returns what is to be compared. */
  window.runCase = async (token, config, script) => {
    const mp = mixpanel.init(token, { ...window.common, ...config }, token);
    const prefix = config.opt_out_tracking_cookie_prefix || '__mp_opt_in_out_';
    const cookie = (name) =>
      document.cookie
        .split('; ')
        .find((text) => text.startsWith(`${name}=`))
        ?.split('=')[1];
    const flag = (name = prefix) => [localStorage.getItem(name + token), cookie(name + token) ?? null];
    const state = () => [...flag(), mp.has_opted_in_tracking(), mp.has_opted_out_tracking()];
    const forget = () => requests.splice(0); // What was sent until then is not compared.
    const tools = { mp, token, flag, state, cookie, config, forget };
    const seen = await new Function(...Object.keys(tools), `return (async () => { ${script} })()`)(
      ...Object.values(tools),
    );
    await new Promise((resolve) => setTimeout(resolve, 20));
    const sent = requests.filter(([, record]) => (record.properties?.token ?? record.$token) === token).map(describe);
    const written = cookies
      .filter((text) => text.split('=')[0].endsWith(token) && !/^(mp|tl)_/.test(text) && !/^[^=]*=;/.test(text))
      .map((text) =>
        text.replace(/expires=[^;]*/, (date) => `${Math.round((new Date(date.slice(8)) - Date.now()) / 864e5)} days`),
      );
    return JSON.parse(JSON.stringify({ seen, sent, written }).replaceAll(token, 'TOKEN'));
  };
}

const common = () => ({
  api_host: environment.collector.url,
  api_payload_format: 'json',
  batch_requests: false,
  autocapture: false,
  record_sessions_percent: 0,
  warnings: 'silent',
});

/** Opens a page of a device with one of the libraries, whose first tracker is ready, so that further ones are usable at once. */
async function openPage(device, library, init = '') {
  const { site } = environment;
  const first = `first${library}`;
  const html = `<script>(${recorder})(); window.common = ${JSON.stringify(common())}; ${init}</script><script src="${libraries[library]}"></script>
    <script>mixpanel.init('${first}', common)</script>`;
  const page = await device.open(site.page(`/${library}-${init.length}.html`, html));
  await page.evaluate(() => mixpanel.ready);
  return page;
}

/**
 * Runs cases in both libraries. `prepare` is a script that the old library runs first, on another page, with `preparedConfig` or the case's
 * own options. Returns pairs of results, by the name of the case.
 */
async function runCases(cases, init) {
  const results = Object.fromEntries(cases.map(({ name }) => [name, {}]));
  for (const library of ['theirs', 'ours']) {
    const device = await environment.device();
    const prepared = cases.filter(({ prepare }) => prepare);
    if (prepared.length) {
      const page = await openPage(device, 'theirs');
      for (const { name, prepare, config = {}, preparedConfig = config } of prepared)
        await page.evaluate((args) => runCase(...args), [tokenOf(cases, name), preparedConfig, prepare]);
      await page.close();
    }
    const page = await openPage(device, library, init);
    for (const { name, config = {}, script } of cases)
      results[name][library] = await page.evaluate((args) => runCase(...args), [tokenOf(cases, name), config, script]);
    await page.close();
    assert.deepEqual(device.problems, []);
  }
  return results;
}

const tokenOf = (cases, name) => `case${cases.findIndex((one) => one.name === name)}x`;

function assertSame(results, cases) {
  for (const { name, ours } of cases) {
    const { theirs } = results[name];
    assert.deepEqual(results[name].ours, { ...theirs, ...ours?.(theirs) }, name);
    if (ours) assert.notDeepEqual(results[name].ours, theirs, `${name}: is the same by now`);
  }
}

const setDNT = "Object.defineProperty(Navigator.prototype, 'doNotTrack', { get: () => '1' });";

// Every state that an earlier page with the old library may have left, with every option that decides what becomes of it.
const matrix = [];
for (const before of ['', 'mp.opt_in_tracking()', 'mp.opt_out_tracking()'])
  for (const opt_out_tracking_persistence_type of ['localStorage', 'cookie'])
    for (const opt_out_tracking_cookie_prefix of [null, 'mine_'])
      for (const ignore_dnt of [false, true])
        for (const opt_out_tracking_by_default of [false, true])
          for (const opt_out_persistence_by_default of opt_out_tracking_by_default ? [false, true] : [false]) {
            const config = {
              opt_out_tracking_persistence_type,
              opt_out_tracking_cookie_prefix,
              ignore_dnt,
              opt_out_tracking_by_default,
              opt_out_persistence_by_default,
            };
            const name = `${before || 'fresh'} ${Object.values(config)}`;
            const preparedConfig = { opt_out_tracking_persistence_type, opt_out_tracking_cookie_prefix };
            matrix.push({ name, config, preparedConfig, ...(before && { prepare: before }) });
          }

const allSteps = `
  const all = [state()];
  const step = () => {
    let heard = 'nothing';
    const answer = mp.track('Step', { n: all.length }, (response) => { heard = response });
    all.push([state(), !!answer, answer ? 'asked' : heard, typeof mp.people.set('a', 1)]);
  };
  step();
  all.push(String(mp.opt_out_tracking()));
  step();
  all.push(String(mp.opt_in_tracking()));
  step();
  all.push(String(mp.clear_opt_in_out_tracking()));
  step();
  return all;`;

for (const [name, init] of [
  ['off', ''],
  ['on', setDNT],
])
  test(`with Do Not Track ${name}, all states that mixpanel-browser left, with all options, go on as in mixpanel-browser (${matrix.length} cases)`, async () => {
    const cases = matrix.map((one) => ({ ...one, script: allSteps }));
    assertSame(await runCases(cases, init), cases);
  });

// Cases of one page. `forget` leaves out what was sent until then.
const scripts = {
  'opt_in tells of itself by an event with the name and properties of the page': {
    script:
      "mp.opt_in_tracking({ track_event_name: 'Agreed', track_properties: { source: 'banner' } }); return state()",
  },
  'opt_in tells nothing with track: null': { script: 'mp.opt_in_tracking({ track: null }); return state()' },
  'opt_in tells nothing with track: false': { script: 'mp.opt_in_tracking({ track: false }); return state()' },
  'opt_in tells of itself by track: undefined': { script: 'mp.opt_in_tracking({ track: undefined }); return state()' },
  'opt_in calls a function of the page': {
    script:
      'const calls = []; mp.opt_in_tracking({ track: (...args) => calls.push(args), track_properties: { a: 1 } }); return [calls, state()]',
  },
  'opt_in survives a function of the page that throws, and is stored': {
    script: "try { mp.opt_in_tracking({ track() { throw new Error('of the page') } }) } catch {} return flag()",
  },
  'opt_in twice tells twice': { script: 'mp.opt_in_tracking(); mp.opt_in_tracking(); return state()' },
  'opt_in while Do Not Track is ignored by the call': {
    script: 'return [mp.has_opted_out_tracking({ ignore_dnt: true }), state()]',
  },
  'opt_out and opt_in with null for options': {
    script: 'mp.opt_out_tracking(null); const out = state(); mp.opt_in_tracking(null); return [out, state()]',
  },
  'opt_out and opt_in with a text for options': {
    script: "mp.opt_out_tracking('x'); const out = state(); mp.opt_in_tracking(7); return [out, state()]",
  },
  'opt_out deletes nobody who has not logged in': { script: 'mp.opt_out_tracking(); return state()' },
  'opt_out with delete_user: false deletes no profile': {
    script: "mp.identify('jane'); forget(); mp.opt_out_tracking({ delete_user: false }); return state()",
  },
  'opt_out deletes the profile of whoever has logged in': {
    script: "mp.identify('jane'); forget(); mp.opt_out_tracking(); return state()",
    // mixpanel-browser empties the list of charges after the deletion, by which Mixpanel creates the profile anew.
    ours: ({ sent: [deletion, charges] }) => ({ sent: [charges, deletion] }),
  },
  'opt_out deletes nobody after a logout': {
    script: "mp.identify('jane'); forget(); mp.reset(); mp.opt_out_tracking(); return state()",
  },
  'delete_user is sent while opted out': {
    script:
      "mp.identify('jane'); forget(); mp.opt_out_tracking({ delete_user: false }); return [typeof mp.people.delete_user(), state()]",
  },
  'opt_out with persistence_type: cookie is for that flag only': {
    script:
      "mp.opt_out_tracking({ persistence_type: 'cookie' }); return [state(), mp.has_opted_out_tracking({ persistence_type: 'cookie' }), mp.has_opted_in_tracking({ persistence_type: 'cookie' }), !!mp.track('Step')]",
  },
  'opt_in with persistence_type: localStorage where cookies are the rule': {
    config: { opt_out_tracking_persistence_type: 'cookie' },
    script:
      "mp.opt_in_tracking({ persistence_type: 'localStorage' }); return [state(), mp.has_opted_in_tracking({ persistence_type: 'localStorage' })]",
  },
  'an unknown persistence_type means a cookie': {
    script:
      "mp.opt_out_tracking({ persistence_type: 'none' }); return [state(), mp.has_opted_out_tracking({ persistence_type: 'none' })]",
  },
  'opt_out with another prefix is for that flag only': {
    script:
      "mp.opt_out_tracking({ cookie_prefix: 'other_' }); return [state(), flag('other_'), mp.has_opted_out_tracking({ cookie_prefix: 'other_' }), !!mp.track('Step')]",
  },
  'clear_opt_in_out_tracking with another prefix keeps the flag': {
    script:
      "mp.opt_out_tracking(); mp.clear_opt_in_out_tracking({ cookie_prefix: 'other_' }); return [state(), typeof mp.track('Step')]",
  },
  'clear_opt_in_out_tracking of a cookie': {
    config: { opt_out_tracking_persistence_type: 'cookie' },
    script: 'mp.opt_out_tracking(); const out = state(); mp.clear_opt_in_out_tracking(); return [out, state()]',
  },
  'clear_opt_in_out_tracking after an opt-in': {
    script: 'mp.opt_in_tracking(); mp.clear_opt_in_out_tracking(); return state()',
  },
  'clear_opt_in_out_tracking of nothing': { script: 'return [String(mp.clear_opt_in_out_tracking()), state()]' },
  'a cookie keeps the visitor for a year': {
    config: { opt_out_tracking_persistence_type: 'cookie', cookie_expiration: 365 },
    script: 'mp.opt_in_tracking(); return state()',
  },
  'a cookie for the session': {
    config: { opt_out_tracking_persistence_type: 'cookie', cookie_expiration: null },
    script: 'mp.opt_in_tracking(); return state()',
  },
  'a cookie for as long as the call says': {
    config: { opt_out_tracking_persistence_type: 'cookie' },
    script: 'mp.opt_out_tracking({ cookie_expiration: 30 }); return state()',
  },
  'a cookie for zero days is one for the session': {
    config: { opt_out_tracking_persistence_type: 'cookie' },
    script: 'mp.opt_out_tracking({ cookie_expiration: 0 }); return state()',
  },
  'a cookie for a domain': {
    config: { opt_out_tracking_persistence_type: 'cookie', cookie_domain: '127.0.0.1' },
    script: 'mp.opt_out_tracking(); return state()',
  },
  'a cookie for a domain of the call': {
    config: { opt_out_tracking_persistence_type: 'cookie' },
    script: "mp.opt_out_tracking({ cookie_domain: '127.0.0.1' }); return state()",
  },
  'a cookie without subdomains': {
    config: { opt_out_tracking_persistence_type: 'cookie', cross_subdomain_cookie: false },
    script: 'mp.opt_out_tracking(); return state()',
  },
  'a secure cookie': {
    config: { opt_out_tracking_persistence_type: 'cookie' },
    script: 'mp.opt_out_tracking({ secure_cookie: true }); return state()',
  },
  'a cookie for all sites': {
    config: { opt_out_tracking_persistence_type: 'cookie' },
    script: 'mp.opt_out_tracking({ cross_site_cookie: true }); return state()',
  },
  'a cookie of the site-wide options': {
    config: {
      opt_out_tracking_persistence_type: 'cookie',
      secure_cookie: true,
      cross_site_cookie: true,
      cookie_expiration: 10,
    },
    script: 'mp.opt_in_tracking(); return state()',
  },
  'options that set_config changes': {
    script:
      "mp.set_config({ opt_out_tracking_persistence_type: 'cookie', opt_out_tracking_cookie_prefix: 'late_' }); mp.opt_out_tracking(); return [flag('late_'), state(), typeof mp.track('Step')]",
  },
  'ignore_dnt by set_config': {
    script: "mp.set_config({ ignore_dnt: true }); return [state(), !!mp.track('Step', { n: 1 })]",
  },
  'mp_optout of old versions': {
    prepare: "document.cookie = 'mp_optout=1; path=/'",
    script: "return [cookie('mp_optout'), state(), typeof mp.track('Step')]",
    alone: true,
  },
  'mp_optout of old versions, after an opt-in': {
    prepare: "mp.opt_in_tracking(); document.cookie = 'mp_optout=1; path=/'",
    script: "return [cookie('mp_optout'), state(), typeof mp.track('Step')]",
    alone: true,
  },
  'a cookie of an opt-out goes to localStorage': {
    prepare: 'mp.opt_out_tracking()',
    preparedConfig: { opt_out_tracking_persistence_type: 'cookie' },
    script: "return [state(), typeof mp.track('Step')]",
  },
  'a cookie of an opt-in goes to localStorage, and is told': {
    prepare: 'mp.opt_in_tracking()',
    preparedConfig: { opt_out_tracking_persistence_type: 'cookie' },
    script: "return [state(), !!mp.track('Step', { n: 1 })]",
  },
  'a cookie with a prefix goes to localStorage': {
    prepare: 'mp.opt_out_tracking()',
    config: { opt_out_tracking_cookie_prefix: 'mine_' },
    preparedConfig: { opt_out_tracking_persistence_type: 'cookie', opt_out_tracking_cookie_prefix: 'mine_' },
    script: 'return state()',
  },
  'a cookie wins over localStorage, as when the site has changed to cookies and back': {
    prepare:
      "mp.opt_out_tracking({ persistence_type: 'localStorage' }); mp.opt_in_tracking({ persistence_type: 'cookie', track: null })",
    script: 'return state()',
  },
  'localStorage does not count where cookies are the rule': {
    prepare: 'mp.opt_out_tracking()',
    preparedConfig: {},
    config: { opt_out_tracking_persistence_type: 'cookie' },
    script: "return [state(), !!mp.track('Step', { n: 1 })]",
  },
  'a page of the site that presumes nothing, after an opt-out by default': {
    prepare: '',
    preparedConfig: { opt_out_tracking_by_default: true },
    script: "return [state(), typeof mp.track('Step')]",
  },
  'what is registered stays with the page that opts out': {
    script:
      "mp.register({ plan: 'pro' }); const id = mp.get_distinct_id(); mp.opt_out_tracking(); return [mp.get_property('plan'), mp.get_distinct_id() === id, mp.get_property('$device_id') === id.slice(8)]",
  },
  'what is registered while opted out is registered': {
    script:
      "mp.opt_out_tracking(); mp.register({ plan: 'pro' }); mp.register_once({ once: 1 }); mp.unregister('once'); return [mp.get_property('plan'), mp.get_property('once') ?? null]",
  },
  'what was registered before is sent after opting in again on the same page': {
    script:
      "mp.register({ n: 5 }); const id = mp.get_distinct_id(); mp.opt_out_tracking(); mp.opt_in_tracking(); mp.track('Step'); return [mp.get_property('n'), mp.get_distinct_id() === id]",
  },
  'opting in without storage goes on with the visitor of the page': {
    script:
      "mp.register({ n: 5 }); const id = mp.get_distinct_id(); mp.opt_out_tracking(); mp.opt_in_tracking({ enable_persistence: false }); mp.track('Step'); return [state(), mp.get_property('n'), mp.get_distinct_id() === id]",
  },
  'a logout while opted out': {
    script:
      "mp.register({ n: 5 }); const id = mp.get_distinct_id(); mp.opt_out_tracking(); mp.reset(); return [mp.get_property('n') ?? null, mp.get_distinct_id() === id, state()]",
  },
};

// What a call returns while opted out, and what its callback hears.
const refused = {
  track: "mp.track('E', {}, hear)",
  'track, with options': "mp.track('E', {}, { send_immediately: true }, hear)",
  'track, with options for callback': "mp.track('E', {}, hear, null)",
  track_pageview: 'mp.track_pageview({})',
  track_with_groups: "mp.track_with_groups('E', {}, { company: 'acme' }, hear)",
  set_group: "mp.set_group('company', 'acme', hear)",
  add_group: "mp.add_group('company', 'acme', hear)",
  remove_group: "mp.remove_group('company', 'acme', hear)",
  'people.set': "mp.people.set('a', 1, hear)",
  'people.set of an object': 'mp.people.set({ a: 1 }, hear)',
  'people.set_once': "mp.people.set_once('a', 1, hear)",
  'people.unset': "mp.people.unset('a', hear)",
  'people.increment': "mp.people.increment('a', 1, hear)",
  'people.append': "mp.people.append('a', 1, hear)",
  'people.remove': "mp.people.remove('a', 1, hear)",
  'people.union': "mp.people.union('a', [1], hear)",
  'people.clear_charges': 'mp.people.clear_charges(hear)',
  'people.track_charge': 'mp.people.track_charge(5, {}, hear)',
  'get_group().set': "mp.get_group('company', 'acme').set('a', 1, hear)",
  'get_group().set_once': "mp.get_group('company', 'acme').set_once('a', 1, hear)",
  'get_group().unset': "mp.get_group('company', 'acme').unset('a', hear)",
  'get_group().union': "mp.get_group('company', 'acme').union('a', [1], hear)",
  'get_group().remove': "mp.get_group('company', 'acme').remove('a', 1, hear)",
  'get_group().delete': "mp.get_group('company', 'acme').delete(hear)",
  time_event: "mp.time_event('E')",
  register: 'mp.register({ a: 1 })',
  register_once: 'mp.register_once({ a: 1 })',
  unregister: "mp.unregister('a')",
  identify: "mp.identify('jane')",
};
for (const [name, call] of Object.entries(refused))
  scripts[`while opted out: ${name}`] = {
    script: `mp.opt_out_tracking(); const heard = []; const hear = (answer) => heard.push(answer);
      const answer = ${call}; return [typeof answer, heard, mp.get_property('company') ?? null]`,
  };

// Each way in which browsers said, and say, that the visitor must not be tracked. Mixpanel's option `window` replaces the browser's.
for (const value of [true, 1, '1', 'yes', false, 0, '0', 'no', 'unspecified', null, 'null', 'true'])
  for (const place of ['navigator.doNotTrack', 'navigator.msDoNotTrack', 'doNotTrack'])
    for (const ignore_dnt of [false, true]) {
      const [member, inner] = place.split('.');
      const page = inner ? { [member]: { [inner]: value } } : { navigator: {}, [member]: value };
      scripts[`${place} is ${JSON.stringify(value)}, ${ignore_dnt ? 'ignored' : 'obeyed'}`] = {
        config: { window: page, ignore_dnt },
        script:
          "let heard = null; const answer = mp.track('Step', { n: 1 }, (response) => { heard = response }); return [!!answer, answer ? null : heard, typeof mp.people.set('a', 1), state()]",
      };
    }

test(`every option and every refused call is as in mixpanel-browser (${Object.keys(scripts).length} cases)`, async () => {
  const cases = Object.entries(scripts).map(([name, one]) => ({ name, ...one }));
  const together = cases.filter(({ alone }) => !alone);
  const alone = cases.filter(({ alone }) => alone);
  const results = {};
  for (const group of [together, ...alone.map((one) => [one])]) Object.assign(results, await runCases(group));
  assertSame(results, cases);
});

// What a page finds that the same library left, and a page after that: who the visitor is, and what is registered.
const visits = {
  'an opt-out forgets the visitor': ['mp.opt_out_tracking()', '', 'mp.opt_in_tracking()'],
  'an opt-out that keeps what is stored': [
    'mp.opt_out_tracking({ clear_persistence: false })',
    '',
    'mp.opt_in_tracking()',
  ],
  'an opt-out and an opt-in': ['mp.opt_out_tracking(); mp.opt_in_tracking()', '', ''],
  'an opt-out, cleared': ['mp.opt_out_tracking(); mp.clear_opt_in_out_tracking()', '', ''],
  'an opt-out, cleared without storage': [
    'mp.opt_out_tracking(); mp.clear_opt_in_out_tracking({ enable_persistence: false })',
    '',
    '',
  ],
  'an opt-in without storage': ['mp.opt_out_tracking(); mp.opt_in_tracking({ enable_persistence: false })', '', ''],
  'a registration while opted out': ['mp.opt_out_tracking(); mp.register({ late: 1 })', '', ''],
  'a registration while opted out, and an opt-in': [
    'mp.opt_out_tracking(); mp.register({ late: 1 }); mp.opt_in_tracking()',
    '',
    '',
  ],
  'an opt-in': ['mp.opt_in_tracking()', '', ''],
};

for (const persistence of ['cookie', 'localStorage'])
  test(`later pages find what they find with mixpanel-browser (persistence: ${persistence})`, async () => {
    const names = Object.keys(visits);
    const seen = Object.fromEntries(names.map((name) => [name, { theirs: [], ours: [] }]));
    for (const library of ['theirs', 'ours']) {
      const device = await environment.device();
      for (let visit = 0; visit < 4; visit++) {
        const page = await openPage(device, library);
        for (const [index, name] of names.entries()) {
          const script = `const found = [mp.get_property('plan') ?? null, mp.get_property('late') ?? null, state()];
            ${visit ? '' : "mp.register({ plan: 'pro' });"} ${visits[name][visit] ?? ''}; return [mp.get_distinct_id(), ...found]`;
          const { seen: answer } = await page.evaluate(
            (args) => runCase(...args),
            [`visit${index}x`, { persistence }, script],
          );
          seen[name][library].push(answer);
        }
        await page.close();
      }
      assert.deepEqual(device.problems, []);
    }
    for (const name of names) {
      // While opted out mixpanel-browser makes up an id for each page. Ours does too, but nobody sees it.
      const describe = (all) => all.map(([id, ...found]) => [all.findIndex(([other]) => other === id), ...found]);
      assert.deepEqual(describe(seen[name].ours), describe(seen[name].theirs), name);
    }
  });

/** A page with one of the libraries whose only tracker has this token. */
async function openTracker(device, library, token, config = {}) {
  const page = await openPage(device, library);
  await page.evaluate(
    ([token, config]) => {
      window.mp = mixpanel.init(token, { ...common, ...config }, token);
    },
    [token, config],
  );
  page.sent = () => page.evaluate(() => requests.map(([, { event }]) => event).filter((event) => event));
  return page;
}

/** Sends the first event of a page, which goes at once. Those after it wait. */
async function sendFirst(page) {
  await page.evaluate(() => mp.track('First'));
  await page.waitForFunction(() => requests.length > 0);
}

for (const opt_out_tracking_persistence_type of ['localStorage', 'cookie'])
  test(`a tab with the old library and one with ours obey each other (${opt_out_tracking_persistence_type})`, async () => {
    const config = { opt_out_tracking_persistence_type, batch_requests: true, batch_flush_interval_ms: 60_000 };
    const token = environment.token();
    const device = await environment.device();
    const old = await openTracker(device, 'theirs', token, config);
    const ours = await openTracker(device, 'ours', token, config);
    await sendFirst(ours);
    const track = (page) => page.evaluate(() => !!mp.track('Step'));
    const state = (page) => page.evaluate(() => [mp.has_opted_in_tracking(), mp.has_opted_out_tracking()]);

    // Browsers show one tab what another has stored only after a moment. The library is not asked meanwhile.
    const hears = (page, flag) =>
      page.waitForFunction(
        ([name, flag]) =>
          (localStorage.getItem(name) ?? document.cookie.split(`${name}=`)[1]?.slice(0, 1) ?? '') === flag,
        [`__mp_opt_in_out_${token}`, flag],
      );

    assert.equal(await track(ours), true);
    await old.evaluate(() => mp.opt_out_tracking());
    await hears(ours, '0');
    assert.equal(await track(ours), false);
    assert.deepEqual(await state(ours), [false, true]);
    await ours.evaluate(() => mixpanel.flush());
    assert.ok(!(await ours.sent()).includes('Step'), 'what waited is deleted');

    await old.evaluate(() => mp.opt_in_tracking());
    await hears(ours, '1');
    assert.equal(await track(ours), true);
    assert.deepEqual(await state(ours), [true, false]);
    await ours.evaluate(() => mp.opt_out_tracking());
    await hears(old, '0');
    assert.equal(await track(old), false);
    assert.deepEqual(await state(old), [false, true]);
    await ours.evaluate(() => mp.clear_opt_in_out_tracking());
    await hears(old, '');
    assert.deepEqual([await track(old), await track(ours)], [true, true]);
    const undecided = [false, false];
    assert.deepEqual([await state(old), await state(ours)], [undecided, undecided]);
    assert.deepEqual(device.problems, []);
  });

test('an opt-out of the old library deletes what waits in our tab, which makes no call', async () => {
  const token = environment.token();
  const device = await environment.device();
  const config = { batch_requests: true, batch_flush_interval_ms: 3000 };
  const old = await openTracker(device, 'theirs', token, config);
  const ours = await openTracker(device, 'ours', token, config);
  await sendFirst(ours);
  await ours.evaluate(() => mp.track('Waits'));
  await old.evaluate(() => mp.opt_out_tracking());
  await ours.waitForTimeout(4500);
  assert.deepEqual(await ours.sent(), ['First']);
});

test('whoever opted out with the own entry stays opted out with this one, and goes on being so with mixpanel-browser', async () => {
  for (const [method, expected] of [
    ['opt_out_tracking', [false, true]],
    ['opt_in_tracking', [true, false]],
  ]) {
    const { site, collector } = environment;
    const token = environment.token();
    const device = await environment.device();
    const own = await device.open(
      site.page(
        `/own-${token}.html`,
        `<script src="/lib/throughline.js"></script><script>throughline.init('${token}', { api_host: '${collector.url}' })</script>`,
      ),
    );
    await own.evaluate((method) => throughline.ready.then(() => throughline[method]()), method);
    await own.close();
    for (const library of ['ours', 'theirs']) {
      const page = await openTracker(device, library, token);
      const state = () =>
        page.evaluate(() => [mp.has_opted_in_tracking(), mp.has_opted_out_tracking(), !!mp.track('E')]);
      assert.deepEqual(await state(), [...expected, !expected[1]], `${method}, ${library}`);
      await page.close();
    }
  }
});

// Known faults of mixpanel-browser that this entry does not share.
test('Do Not Track does not lose an opt-out in a cookie, as mixpanel-browser does', async () => {
  const cases = [
    {
      name: 'a cookie',
      prepare: 'mp.opt_out_tracking()',
      preparedConfig: { opt_out_tracking_persistence_type: 'cookie' },
      script: 'return flag()',
      ours: () => ({ seen: ['0', null] }),
    },
  ];
  const results = await runCases(cases, setDNT);
  assert.deepEqual(results['a cookie'].theirs.seen, [null, null]);
  assertSame(results, cases);
});

test('Global Privacy Control counts as Do Not Track, which mixpanel-browser does not know of', async () => {
  const cases = [false, true].map((ignore_dnt) => ({
    name: `ignore_dnt: ${ignore_dnt}`,
    config: { ignore_dnt },
    script: "return [state(), !!mp.track('Step', { n: 1 })]",
    ...(!ignore_dnt && { ours: () => ({ seen: [[null, null, false, true], false], sent: [] }) }),
  }));
  assertSame(
    await runCases(cases, "Object.defineProperty(Navigator.prototype, 'globalPrivacyControl', { get: () => true });"),
    cases,
  );
});

const blockStorage = "Storage.prototype.setItem = () => { throw new Error('blocked') };";
const blockCookies = "Object.defineProperty(Document.prototype, 'cookie', { get: () => '', set() {} });";

test('an opt-out is obeyed where the browser stores nothing, and where it stores cookies only', async () => {
  for (const [init, stored] of Object.entries({ [blockStorage]: '0', [blockStorage + blockCookies]: null })) {
    const cases = [
      {
        name: 'an opt-out',
        script: `const before = !!mp.track('Step', { n: 1 }); mp.opt_out_tracking();
          return [before, !!mp.track('Step', { n: 2 }), ...flag(), mp.has_opted_out_tracking()]`,
        ours: ({ sent }) => ({ seen: [true, false, null, stored, true], sent: sent.slice(0, 1) }),
      },
    ];
    const results = await runCases(cases, init);
    assert.equal(results['an opt-out'].theirs.seen[1], true, 'mixpanel-browser goes on');
    assertSame(results, cases);
  }
});

test('a login while opted out holds when the visitor opts in on a later page, though mixpanel-browser forgets it', async () => {
  const token = environment.token();
  const device = await environment.device();
  const first = await openTracker(device, 'ours', token, { opt_out_tracking_by_default: true });
  await first.evaluate(() => mp.identify('jane'));
  await first.close();
  const second = await openTracker(device, 'ours', token, { opt_out_tracking_by_default: true });
  await second.evaluate(() => {
    mp.opt_in_tracking();
    mp.track('Step');
  });
  assert.deepEqual(await second.sent(), ['$identify', '$opt_in', 'Step']);
  assert.equal(await second.evaluate(() => mp.get_distinct_id()), 'jane');
});

// The domain of a cookie must be the one that mixpanel-browser takes, or there would be two cookies of one name.
test('the cookie of an opt-out has the domain that mixpanel-browser gives it', async () => {
  const hosts =
    'www.example.com a.b.example.com example.com shop.example.co.uk example.info www.example.museum shop.example.org www.vw.de a-b.example.de intranet 10.1.2.3 example.travel';
  const refused = 'jane.github.io'; // All sites of github.io share no cookies.
  const domains = { theirs: {}, ours: {} };
  const device = await environment.device();
  for (const [library, path] of Object.entries(libraries)) {
    const script = await (await fetch(environment.site.url + path)).text();
    for (const host of [...hosts.split(' '), refused]) {
      await device.context.clearCookies();
      const page = await device.context.newPage();
      await page.route('**/*', (route) => route.fulfill({ contentType: 'text/html', body: '<!doctype html>' }));
      await page.goto(`http://${host}/`);
      await page.evaluate(script);
      await page.evaluate(() => {
        mixpanel.init('T', { opt_out_tracking_persistence_type: 'cookie', warnings: 'silent' });
        mixpanel.opt_out_tracking();
      });
      const cookies = await device.context.cookies(`http://${host}/`);
      domains[library][host] = cookies
        .filter(({ name }) => name.endsWith('_T'))
        .map(({ domain, value }) => [domain, value]);
      await page.close();
    }
  }
  const { [refused]: ours, ...others } = domains.ours;
  const { [refused]: theirs, ...expected } = domains.theirs;
  assert.deepEqual(others, expected);
  assert.deepEqual(expected['shop.example.co.uk'], [['.example.co.uk', '0']]);
  assert.deepEqual(theirs, [], 'where browsers refuse it, mixpanel-browser stores no opt-out at all');
  assert.deepEqual(ours, [[refused, '0']]);
});
