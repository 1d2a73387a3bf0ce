// When TinyGo's program may look for garbage: never while one of its functions runs, because it does not see what their locals refer to (wasm/heap). The
// program here counts its running functions, whichever compiler has made it: every export is wrapped in the page.

import assert from 'node:assert/strict';
import { test } from './harness/bounded-test.mjs';
import { until } from './harness/collector.mjs';
import { useEnvironment } from './harness/environment.mjs';

const environment = useEnvironment();

/** Runs in the page, before the library: `collections` are how many functions ran at each call of `collect`, by what was called next. */
function watchProgram() {
  window.collections = {};
  window.deepest = 0;
  let running = 0;
  let last = 0;
  const { instantiate } = WebAssembly;
  WebAssembly.instantiate = async (...args) => {
    const { exports } = await instantiate(...args);
    const wrapped = Object.entries(exports).map(([name, value]) => {
      if (typeof value !== 'function') return [name, value];
      const enter = (...values) => {
        if (last !== undefined && name !== 'buffer') {
          window.collections[name] = [...(window.collections[name] ?? []), last];
          last = undefined;
        }
        window.deepest = Math.max(window.deepest, ++running);
        try {
          return value(...values);
        } finally {
          running--;
        }
      };
      return [name, enter];
    });
    const collect = () => {
      last = running;
      exports.collect?.();
    };
    return { exports: { ...Object.fromEntries(wrapped), collect } };
  };
}

test('garbage is looked for before calls, timers and answers, and never while a hook of the page runs within Go', async () => {
  const token = environment.token();
  const { collector, site } = environment;
  const options = JSON.stringify({ api_host: collector.url, batch_flush_interval_ms: 50 });
  const url = site.page(
    `/${token}.html`,
    `<script>(${watchProgram})()</script><script src="/lib/throughline.mixpanel.js"></script><script>
      function hook(event) {
        event.properties.asked = mixpanel.get_distinct_id() && mixpanel.get_property('plan');
        mixpanel.track('From the hook');
        mixpanel.identify('U');
        return event;
      }
      let hooked = 0;
      mixpanel.init('${token}', { ...${options}, hooks: { before_send_events: (event) => (hooked++ < 3 ? hook(event) : event) } });
      mixpanel.register({ plan: 'pro' });
    </script>`,
  );
  const device = await environment.device();
  const page = await device.open(url);
  await page.evaluate(() => mixpanel.ready);
  await page.evaluate(() => {
    for (let n = 0; n < 500; n++) mixpanel.track('Step', { n });
  });
  const events = await collector.stored(token, 504);
  assert.ok(events.some(({ properties }) => properties.asked === 'pro'));
  await until(async () => 'answered' in (await page.evaluate('collections')), 'an answer has come');
  const { collections, deepest } = await page.evaluate(() => ({ collections, deepest }));
  assert.ok(deepest > 1, 'a hook has called into Go, which waited for it');
  for (const name of ['call', 'wake', 'answered']) assert.ok(name in collections, `not before ${name}`);
  assert.deepEqual([...new Set(Object.values(collections).flat())], [0]);
});
