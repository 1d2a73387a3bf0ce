// Consent that this library did not ask for: what a visitor told mixpanel-browser, what the browser says, and what the site presumes. Whoever
// has opted out is not tracked, also by the first page with the new library, and also if that page is left before the core runs.

import assert from 'node:assert/strict';
import { test } from './harness/bounded-test.mjs';
import { useEnvironment } from './harness/environment.mjs';
import { bundleMixpanel } from './harness/mixpanel-bundle.mjs';
import { scriptTag } from './harness/site.mjs';

const environment = useEnvironment();
const mixpanel = await bundleMixpanel();

/** A device on whose site mixpanel-browser runs first, with `config`, and then `script`. Returns a function that opens our page. */
async function switchFrom({ config = {}, script = '', init = '', ours = {} } = {}) {
  const { collector, site } = environment;
  const token = environment.token();
  const device = await environment.device();
  site.answers['/mixpanel.js'] = (_request, response) =>
    response.writeHead(200, { 'Content-Type': 'text/javascript' }).end(mixpanel);
  if (init) await device.context.addInitScript(init);
  if (script) {
    const options = { api_host: collector.url, batch_requests: false, ...config };
    const old = await device.open(
      site.page(
        `/${token}/old.html`,
        `<script src="/mixpanel.js"></script><script>mixpanel.init('${token}', ${JSON.stringify(options)})</script>`,
      ),
    );
    await old.evaluate(script);
    await old.close();
  }
  const open = (path = 'new', before = '') =>
    device.open(site.page(`/${token}/${path}.html`, scriptTag(token, { api_host: collector.url, ...ours }, before)));
  return { token, device, open, collector };
}

const setDNT = "Object.defineProperty(Navigator.prototype, 'doNotTrack', { get: () => '1' });";
const setGPC = "Object.defineProperty(Navigator.prototype, 'globalPrivacyControl', { get: () => true });";
const optOut = 'mixpanel.opt_out_tracking()';
const refusals = {
  'an opt-out of mixpanel-browser, in localStorage': { script: optOut },
  'an opt-out of mixpanel-browser, in a cookie': {
    config: { opt_out_tracking_persistence_type: 'cookie', persistence: 'cookie' },
    script: optOut,
  },
  'an opt-out of mixpanel-browser, with a prefix': {
    config: { opt_out_tracking_cookie_prefix: 'mine_' },
    script: optOut,
    ours: { opt_out_tracking_cookie_prefix: 'mine_' },
  },
  'the opt-out cookie of old versions': { script: "document.cookie = 'mp_optout=1; path=/'" },
  'Do Not Track': { init: setDNT },
  'Global Privacy Control': { init: setGPC },
  opt_out_tracking_by_default: { ours: { opt_out_tracking_by_default: true } },
};

for (const [name, options] of Object.entries(refusals)) {
  test(`${name}: nothing is sent, before and after the core runs`, async () => {
    const { token, device, open, collector } = await switchFrom(options);
    // A page that is left before the core runs sends by beacon.
    environment.site.answers['/lib/throughline.core.js'] = () => {};
    const left = await open('left', 'window.sent = []; navigator.sendBeacon = (url) => sent.push(url)');
    assert.deepEqual(
      await left.evaluate(() => {
        throughline.track('Early');
        dispatchEvent(new Event('pagehide'));
        return [throughline.has_opted_out_tracking(), sent];
      }),
      [true, []],
    );
    delete environment.site.answers['/lib/throughline.core.js'];
    await left.close();
    for (const path of ['first', 'second']) {
      const page = await open(path);
      assert.deepEqual(
        await page.evaluate(async () => {
          throughline.track('Refused');
          await throughline.ready;
          throughline.track('Refused');
          await throughline.flush();
          return throughline.has_opted_out_tracking();
        }),
        true,
      );
      await page.close();
    }
    assert.deepEqual(await collector.events(token), []);
    assert.deepEqual(device.problems, []);
  });
}

test('whoever opts in is tracked, also where the site presumes nothing or mixpanel-browser had heard no', async () => {
  for (const options of [{ ours: { opt_out_tracking_by_default: true } }, { script: optOut }]) {
    const { token, open, collector } = await switchFrom(options);
    const page = await open();
    await page.evaluate(() => {
      throughline.opt_in_tracking();
      throughline.track('Agreed');
      return throughline.flush();
    });
    await page.close();
    const later = await open('later');
    assert.equal(await later.evaluate(() => throughline.has_opted_out_tracking()), false);
    await later.evaluate(() => {
      throughline.track('Later');
      return throughline.flush();
    });
    assert.deepEqual(
      (await collector.stored(token, 2)).map(({ event }) => event),
      ['Agreed', 'Later'],
    );
  }
});

test('Do Not Track counts after an opt-in too, with a warning, unless the site says otherwise', async () => {
  const { token, open, collector } = await switchFrom({ init: setDNT });
  const page = await open();
  await page.evaluate(async () => {
    await throughline.ready;
    throughline.opt_in_tracking();
    throughline.track('Refused');
    return throughline.flush();
  });
  assert.match(page.warnings.join(), /do_not_track/);
  assert.deepEqual(await collector.events(token), []);
  const other = await switchFrom({ init: setDNT, ours: { ignore_dnt: true } });
  await (await other.open()).evaluate(() => {
    throughline.track('Told otherwise');
    return throughline.flush();
  });
  assert.equal((await collector.stored(other.token, 1)).length, 1);
});

test('a visitor who told nobody is tracked, with the super properties and ids of mixpanel-browser, also by beacon', async () => {
  const { token, open, collector } = await switchFrom({
    script: "mixpanel.register({ plan: 'gold', opted_out: true }); mixpanel.identify('jane')",
    ours: { property_blacklist: ['secret'] },
  });
  environment.site.answers['/lib/throughline.core.js'] = () => {};
  const left = await open('left');
  const deviceID = await left.evaluate(
    (token) =>
      JSON.parse(decodeURIComponent(document.cookie.split(`mp_${token}_mixpanel=`)[1].split(';')[0])).$device_id,
    token,
  );
  await left.evaluate(() => throughline.track('Left', { secret: 1, open: 2 }));
  await left.close();
  delete environment.site.answers['/lib/throughline.core.js'];
  const event = (await collector.stored(token, 2)).find(({ event }) => event === 'Left'); // The other is the old library's $identify.
  assert.equal(event.distinct_id, 'jane');
  const { plan, open: shown, secret, $device_id, $user_id } = event.properties;
  assert.deepEqual([plan, shown, secret, $device_id, $user_id], ['gold', 2, undefined, deviceID, 'jane']);
  const page = await open('stays');
  await page.evaluate(() => {
    throughline.track('Stays', { secret: 1 });
    return throughline.flush();
  });
  const stays = (await collector.events(token)).find(({ event }) => event === 'Stays');
  assert.deepEqual([stays.distinct_id, stays.properties.plan, stays.properties.secret], ['jane', 'gold', undefined]);
});

test('a visitor whose record has a name of the site is found under that name', async () => {
  for (const name of ['persistence_name', 'cookie_name']) {
    const config = { [name]: 'our_site' };
    const { open } = await switchFrom({ config, script: "mixpanel.identify('jane')", ours: config });
    const page = await open();
    const before = await page.evaluate(() => throughline.get_distinct_id());
    await page.evaluate(() => throughline.ready);
    assert.deepEqual([before, await page.evaluate(() => throughline.get_distinct_id())], ['jane', 'jane'], name);
  }
});
