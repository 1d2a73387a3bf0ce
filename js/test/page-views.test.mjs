// Page views: track_pageview, and the option of that name, also in single-page apps.

import assert from 'node:assert/strict';
import { test } from './harness/bounded-test.mjs';
import { until } from './harness/collector.mjs';
import { useEnvironment } from './harness/environment.mjs';
import { mixpanelTag } from './harness/mixpanel-page.mjs';
import { scriptTag } from './harness/site.mjs';

const environment = useEnvironment();

/** Opens a page with these options. `init` is a script that runs before any of the page. */
async function openPage({ config = {}, path = 'first', query = '', init = '', html = '' } = {}) {
  const { collector, site } = environment;
  const token = environment.token();
  const device = await environment.device();
  if (init) await device.context.addInitScript(init);
  const tag = (path) =>
    site.page(`/${token}/${path}.html`, html + scriptTag(token, { api_host: collector.url, ...config }));
  const page = await device.open(tag(path) + query);
  const views = async (count) =>
    (await collector.stored(token, count)).filter(({ event }) => event === '$mp_web_page_view');
  return { page, device, token, collector, site, views, tag };
}

const shown = ({ properties: { current_url_path, current_url_search = '', $current_url } }) =>
  `${current_url_path}${current_url_search}${new URL($current_url).hash}`;

test('track_pageview sends the title, the parts of the address, campaign and click ids, and its own properties', async () => {
  const { page, collector, token, site, device } = await openPage({
    query: '?utm_source=news&gclid=g1&x=1#part',
    config: { track_marketing: false },
  });
  await page.evaluate(() => {
    document.title = 'Before'; // Still waits for Go: the title and address are those of the moment of the call.
    throughline.track_pageview({ layout: 'b', current_domain: 'own' });
    document.title = 'After';
    history.pushState(null, '', '/elsewhere?');
  });
  await page.evaluate(() => throughline.ready);
  const answer = await page.evaluate(async () => {
    const answer = throughline.track_pageview(null, { event_name: 'Seen' });
    throughline.track('Other');
    await throughline.flush();
    return answer;
  });
  const [first, second, other] = await collector.stored(token, 3);
  const viewed = ({ properties }) =>
    Object.fromEntries(Object.entries(properties).filter(([name]) => /^current_|^utm|^gclid|layout/.test(name)));
  assert.equal(first.event, '$mp_web_page_view');
  assert.deepEqual(viewed(first), {
    current_page_title: 'Before',
    current_domain: 'own',
    current_url_path: `/${token}/first.html`,
    current_url_protocol: 'http:',
    current_url_search: '?utm_source=news&gclid=g1&x=1',
    utm_source: 'news',
    gclid: 'g1',
    layout: 'b',
  });
  assert.equal(first.properties.$current_url, `${site.url}/${token}/first.html?utm_source=news&gclid=g1&x=1#part`);
  assert.equal(second.event, 'Seen');
  assert.deepEqual(viewed(second), {
    current_page_title: 'After',
    current_domain: '127.0.0.1',
    current_url_path: '/elsewhere',
    current_url_protocol: 'http:',
  });
  assert.deepEqual(viewed(other), {});
  assert.equal(answer.properties.current_page_title, 'After');
  assert.deepEqual(device.problems, []);
});

test('whatever is passed to track_pageview, there is a page view and no exception', async () => {
  const { page, views, device } = await openPage({ config: { warnings: 'silent' } });
  const odd = `[[], [undefined, undefined], ['text'], [5, 'options'], [[1]], [document.body, document.body], [() => 1], [null, { event_name: 7 }],
    [{ get a() { throw 1 } }, { get event_name() { throw 1 } }], [{}, { event_name: '' }], [{ current_page_title: undefined }]]`;
  await page.evaluate(`throughline.ready.then(() => {
    Object.defineProperty(document, 'title', { get() { throw new Error('title') } });
    for (const args of ${odd}) throughline.track_pageview(...args);
    return throughline.flush();
  })`);
  assert.equal((await views(11)).length, 10); // One has an event_name that cannot be read.
  assert.deepEqual(device.problems, []);
});

test('with track_pageview: true the page that was loaded counts once, first, and later addresses do not', async () => {
  const { page, collector, token, device } = await openPage({ config: { track_pageview: true } });
  await page.evaluate(async () => {
    throughline.track('Other');
    await throughline.ready;
    history.pushState(null, '', 'second.html');
    throughline.init('another', { api_host: throughline.get_config('api_host') }, 'another'); // Opens all trackers again.
    await throughline.ready;
    await throughline.flush();
  });
  const events = await collector.stored(token, 2);
  assert.deepEqual(
    events.map(({ event, properties }) => [event, properties.current_url_path, properties.$mp_autocapture]),
    [
      ['$mp_web_page_view', `/${token}/first.html`, true],
      ['Other', undefined, undefined],
    ],
  );
  assert.deepEqual(device.problems, []);
  assert.deepEqual(page.warnings, []);
});

const withoutNavigation = 'delete window.navigation';
const navigationRules = {
  'full-url': ['/a', '/b', '/b?q=1', '/b?q=1#h', '/b?q=1#i', '/b?q=1#h', '/c', '/b?q=1#h', '/d'],
  'url-with-path-and-query-string': ['/a', '/b', '/b?q=1', '/c', '/b?q=1#h', '/d'],
  'url-with-path': ['/a', '/b', '/c', '/b?q=1#h', '/d'],
};

for (const [rule, expected] of Object.entries(navigationRules))
  for (const init of ['', withoutNavigation])
    test(`${rule}: a page view at each change of that part${init && ', without the Navigation API'}`, async () => {
      const { page, views, device } = await openPage({ config: { track_pageview: rule }, init, path: 'start' });
      await page.evaluate(async () => {
        history.replaceState(null, '', '/a'); // Before Go runs.
        await throughline.ready;
        const wait = () => new Promise((resolve) => setTimeout(resolve, 50));
        await wait();
        history.replaceState({ n: 1 }, '', '/a');
        history.pushState(null, '', '/b');
        history.pushState(null, '', '/b?q=1');
        history.pushState(null, '', '/b?q=1#h');
        // On a busy machine the browser takes its time to go back.
        const until = (event, act) =>
          new Promise((resolve) => {
            addEventListener(event, () => setTimeout(resolve, 50), { once: true });
            act();
          });
        await until('hashchange', () => {
          location.hash = 'i';
        });
        await until('popstate', () => history.back());
        history.pushState(null, '', '/c');
        await until('popstate', () => history.back());
        await throughline.flush(); // An opt-out deletes what waits.
        throughline.opt_out_tracking();
        history.pushState(null, '', '/not');
        throughline.opt_in_tracking();
        history.pushState(null, '', '/d');
        await throughline.flush();
      });
      const seen = (await views(expected.length + 1)).map(shown);
      assert.match(seen.shift(), /start\.html$/);
      assert.deepEqual(seen, expected);
      assert.deepEqual(device.problems, []);
      assert.deepEqual(page.warnings, []);
    });

test('set_config changes the rule, and two trackers have rules of their own', async () => {
  const { page, collector, token, device } = await openPage({ config: { track_pageview: 'url-with-path' } });
  await page.evaluate(async (token) => {
    const api_host = throughline.get_config('api_host');
    throughline.init(`${token} b`, { api_host, track_pageview: 'full-url' }, 'second');
    await throughline.ready;
    history.pushState(null, '', '#1');
    throughline.set_config({ track_pageview: 'full-url' });
    throughline.second.set_config({ track_pageview: false });
    history.pushState(null, '', '#2');
    await throughline.flush();
    await throughline.second.flush();
  }, token);
  const hashes = async (token) =>
    (await collector.stored(token, 2)).map(({ properties }) => new URL(properties.$current_url).hash);
  assert.deepEqual(
    [await hashes(token), await hashes(`${token} b`)],
    [
      ['', '#2'],
      ['', '#1'],
    ],
  );
  assert.deepEqual(device.problems, []);
});

test('a page that is left before the core runs still counts, once, at the next visit', async () => {
  const { site } = environment;
  site.answers['/lib/throughline.core.js'] = () => {};
  const { page, tag, views, device, token } = await openPage({ config: { track_pageview: true }, path: 'left' });
  await page.evaluate(() => {
    document.title = 'Own';
    throughline.track_pageview();
  });
  delete site.answers['/lib/throughline.core.js'];
  await page.goto(tag('next'));
  await page.evaluate(() => throughline.ready);
  await page.evaluate(() => throughline.flush());
  const seen = await views(3);
  assert.deepEqual(
    seen.map(({ properties }) => [properties.current_url_path, properties.current_page_title]).sort(),
    [
      [`/${token}/left.html`, `/${token}/left.html`],
      [`/${token}/left.html`, 'Own'],
      [`/${token}/next.html`, `/${token}/next.html`],
    ].sort(),
  );
  assert.deepEqual(device.problems, []);
});

test('a prerendered page counts when it is shown, and not at all if it never is', async () => {
  const { collector, site } = environment;
  const token = environment.token();
  const device = await environment.device();
  const tag = scriptTag(token, { api_host: collector.url, track_pageview: true });
  const shownURL = site.page(`/${token}/shown.html`, tag);
  const neverURL = site.page(`/${token}/never.html`, tag);
  const rules = JSON.stringify({ prerender: [{ source: 'list', urls: [shownURL, neverURL], eagerness: 'immediate' }] });
  const html = `<script type="speculationrules">${rules}</script><a href="${shownURL}">go</a>`;
  const page = await device.open(site.page(`/${token}/start.html`, html));
  await until(
    async () => [shownURL, neverURL].every((url) => site.requestedPaths.includes(new URL(url).pathname)),
    'the pages are prerendered',
  );
  await new Promise((resolve) => setTimeout(resolve, 500));
  await page.click('a');
  await page.waitForURL(shownURL);
  const [view] = await collector.stored(token, 1);
  assert.equal(view.properties.current_url_path, `/${token}/shown.html`);
  await page.evaluate(() => throughline.flush());
  assert.equal((await collector.events(token)).length, 1);
});

for (const [rule, expected] of Object.entries(navigationRules))
  for (const init of ['', withoutNavigation])
    test(`throughline/mixpanel, ${rule}: the same views${init && ', without the Navigation API'}`, async () => {
      const { collector, site } = environment;
      const token = environment.token();
      const device = await environment.device();
      if (init) await device.context.addInitScript(init);
      const config = { api_host: collector.url, track_pageview: rule };
      const page = await device.open(site.page(`/${token}/start.html`, mixpanelTag(token, config)));
      await page.evaluate(() => window.isReady);
      await page.evaluate(async (paths) => {
        for (const path of paths) history.pushState(null, '', path);
        await mixpanel.flush();
      }, navigationRules['full-url']);
      const events = await collector.stored(token, 2);
      const [first, ...seen] = events.filter(({ event }) => event === '$mp_web_page_view').map(shown);
      assert.match(first, /start\.html$/);
      assert.deepEqual(seen, expected);
      assert.deepEqual(device.problems, []);
      await device.close();
    });

test('throughline/mixpanel: page views pass the hooks, and addresses count as with the other entry', async () => {
  const { collector, site } = environment;
  const token = environment.token();
  const device = await environment.device();
  const config = { api_host: collector.url, track_pageview: 'full-url', track_marketing: false };
  const before = `window.seen = []; window.moreOptions = { hooks: { before_track: (event, properties) => {
    seen.push([event, properties.current_page_title, properties.utm_source]);
    return [event, { ...properties, hooked: true }];
  } } }`;
  const page = await device.open(
    `${site.page(`/${token}/face.html`, mixpanelTag(token, config, before))}?utm_source=news`,
  );
  await page.evaluate(() => window.isReady);
  const answers = await page.evaluate(async () => {
    history.pushState(null, '', '#1');
    const answer = mixpanel.track_pageview({ layout: 'b' }, { event_name: 'Seen' });
    mixpanel.disable(['$mp_web_page_view']);
    const disabled = mixpanel.track_pageview('text');
    await mixpanel.flush();
    return [answer.event, answer.properties.layout, answer.properties.hooked, disabled];
  });
  assert.deepEqual(answers, ['Seen', 'b', true, undefined]);
  const events = await collector.stored(token, 3);
  assert.deepEqual(
    events.map(({ event, properties }) => [
      event,
      properties.$mp_autocapture,
      properties.hooked,
      new URL(properties.$current_url).hash,
    ]),
    [
      ['$mp_web_page_view', true, true, ''],
      ['$mp_web_page_view', true, true, '#1'],
      ['Seen', undefined, true, '#1'],
    ],
  );
  const [first] = await page.evaluate(() => window.seen);
  assert.deepEqual(first, ['$mp_web_page_view', `/${token}/face.html`, 'news']);
  assert.deepEqual(device.problems, []);
});
