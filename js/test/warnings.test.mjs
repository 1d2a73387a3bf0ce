// Each warning, caused in a real browser. story.test.mjs shows that the right order of calls causes none.

import assert from 'node:assert/strict';
import { test } from './harness/bounded-test.mjs';
import { until } from './harness/collector.mjs';
import { useEnvironment } from './harness/environment.mjs';
import { scriptTag } from './harness/site.mjs';

const environment = useEnvironment();

/** Opens a page whose warnings are collected in `window.seen`. */
async function open(config = {}, { device, token = environment.token(), before = '' } = {}) {
  const { collector, site } = environment;
  const visitor = device ?? (await environment.device());
  const options = { api_host: collector.url, ...config };
  const html = `<script src="/lib/throughline.js"></script><script>
    window.seen = [];
    const { ...options } = ${JSON.stringify(options)};
    ${before};
    throughline.init(${JSON.stringify(token)}, { ...options, warnings: (warning) => seen.push(warning) });
  </script>`;
  const page = await visitor.open(site.page(`/${token}.html`, html));
  return { page, visitor, token, codes: () => page.evaluate(() => seen.map(({ code }) => code)) };
}

/** The calls made on one page, and the codes and texts of the warnings that must follow. */
const misuses = [
  ['alias_after_identify', ['identify("U")', 'alias("U")'], /U/],
  ['alias_twice', ['alias("U")', 'alias("U")'], /U/],
  ['alias_is_current', ['alias(throughline.get_distinct_id())'], /\$device:/],
  ['alias_is_anonymous_id', ['alias("$device:0d0e9f8c-0b0f-4e55-8a77-2f8d4fbc9a11")'], /\$device:0d0e/],
  ['identify_without_alias', ['track("Browsed")', 'identify("U")'], /U/, { debug: true }],
  [
    'identify_resembles_alias',
    ['alias("jane@example.com")', 'identify("jane@exmaple.com")'],
    /jane@exmaple\.com.*jane@example\.com|jane@example\.com.*jane@exmaple\.com/s,
  ],
  ['switch_without_reset', ['identify("Jane")', 'identify("Omar")'], /Jane/],
  ['bad_id', ['identify("undefined")'], /undefined/],
  ['reserved_property', ['track("Bought", { distinct_id: "x" })'], /distinct_id/],
  ['event_name_resembles', ['track("Signd Up")'], /Signed Up/, { event_names: ['Signed Up'] }],
  ['unknown_option', ['set_config({ api_hots: "x" })'], /api_host/],
  ['unknown_method', ['trak("Bought")'], /track/],
  ['opted_out', ['opt_out_tracking()', 'track("Bought")'], /opt/i],
  ['bad_properties', ['track("Bought", "not an object")'], /Bought/],
  ['bad_event_name', ['track("")'], /track/],
  ['no_elements', ['track_links("#none", "Clicked")'], /track_links\(#none\)/],
];

for (const [code, calls, text, config] of misuses) {
  test(`${code}: ${calls.join('; ')}`, async () => {
    const { page, visitor } = await open(config);
    const warnings = await page.evaluate(async (calls) => {
      await throughline.ready;
      for (const call of calls) new Function(`throughline.${call}`)();
      return seen;
    }, calls);
    assert.deepEqual(
      warnings.map((warning) => warning.code),
      [code],
    );
    const [{ what, mend, link }] = warnings;
    assert.match(what, text);
    assert.ok(mend.length > 20, mend);
    assert.match(link, new RegExp(`#warning-${code}$`));
    assert.deepEqual(visitor.problems, []);
  });
}

test('alias_taken: a customer who signs up again on a new device goes on as the existing person', async () => {
  const token = environment.token();
  const first = await open({}, { token });
  await first.page.evaluate(async () => {
    await throughline.ready;
    throughline.alias('U');
    await throughline.flush();
  });
  const owner = await first.page.evaluate(() => throughline.get_distinct_id());
  const second = await open({}, { token });
  await second.page.evaluate(async () => {
    await throughline.ready;
    throughline.alias('U');
    await throughline.flush();
  });
  await until(async () => (await second.codes()).includes('alias_taken'), 'alias_taken');
  const [{ what }] = await second.page.evaluate(() => seen);
  assert.ok(what.includes('U') && !what.includes(owner), what);
  assert.equal(await second.page.evaluate(() => throughline.get_distinct_id()), 'U');
  await second.page.evaluate(() => {
    throughline.track('After');
    return throughline.flush();
  });
  const events = await environment.collector.events(token);
  assert.equal(events.find(({ event }) => event === 'After').person, owner);
});

test('reset_every_page: reset() on three page loads in a row', async () => {
  const { page, codes } = await open();
  for (let load = 0; load < 3; load++) {
    await page.reload();
    await page.evaluate(async () => {
      await throughline.ready;
      throughline.reset();
      await throughline.flush();
    });
  }
  assert.deepEqual(await codes(), ['reset_every_page']);
});

test('not_initialised: a call before init waits for it', async () => {
  const { page, token } = await open({}, { before: 'addEventListener("load", () => {}); throughline.track("Early")' });
  const texts = page.warnings;
  await page.evaluate(() => throughline.flush());
  assert.deepEqual(
    (await environment.collector.stored(token, 1)).map(({ event }) => event),
    ['Early'],
  );
  assert.equal(texts.length, 1);
  assert.match(texts[0], /not_initialised.*track/);
});

test('not_ready: get_distinct_id() while an identity call waits names `await throughline.ready`', async () => {
  const { page } = await open();
  await page.evaluate(() => throughline.ready);
  const token = environment.token();
  const html = `<script src="/lib/throughline.js"></script><script>
    throughline.init(${JSON.stringify(token)}, { api_host: ${JSON.stringify(environment.collector.url)} });
    window.before = throughline.get_distinct_id();
    throughline.identify('U');
    window.during = throughline.get_distinct_id();
  </script>`;
  const other = await page.context().newPage();
  const warnings = [];
  other.on('console', (message) => warnings.push(message.text()));
  await other.goto(environment.site.page(`/${token}.html`, html));
  const ids = await other.evaluate(() => [window.before, String(window.during)]);
  assert.match(ids[0], /^\$device:/);
  assert.equal(ids[1], 'undefined');
  await other.evaluate(() => throughline.ready);
  assert.match(warnings[0], /not_ready.*await throughline\.ready/);
});

test('event_rejected: the collector says why', async () => {
  const { page, codes } = await open();
  await page.evaluate(async () => {
    await throughline.ready;
    throughline.track('No Such Time', { time: 1e300 });
    throughline.track('Fine');
    await throughline.flush();
  });
  await until(
    async () => (await codes()).includes('event_rejected'),
    'event_rejected',
    () => page.url(),
  );
});

test('storage_unavailable: tracking goes on in memory', async () => {
  const device = await environment.device();
  await device.context.addInitScript(() => {
    Object.defineProperty(window, 'localStorage', {
      get() {
        throw new DOMException('blocked', 'SecurityError');
      },
    });
  });
  const { page, token, codes } = await open({}, { device });
  await page.evaluate(() => {
    throughline.track('Kept in memory');
    return throughline.flush();
  });
  assert.deepEqual(
    (await environment.collector.stored(token, 1)).map(({ event }) => event),
    ['Kept in memory'],
  );
  assert.deepEqual(await codes(), ['storage_unavailable']);
  assert.deepEqual(device.problems, []);
});

test('the option warnings: "console" prints each once per page, "silent" nothing, and "throw" throws', async () => {
  const { collector, site } = environment;
  const device = await environment.device();
  const modes = { console: 'console', silent: 'silent', throw: 'throw' };
  for (const mode of Object.keys(modes)) {
    const page = await device.open(
      site.page(`/mode-${mode}.html`, scriptTag(environment.token(), { api_host: collector.url, warnings: mode })),
    );
    const thrown = await page.evaluate(async () => {
      await throughline.ready;
      const messages = [];
      for (let i = 0; i < 2; i++) {
        try {
          throughline.identify('null');
        } catch (error) {
          messages.push(`${error.name}: ${error.warning.code}`);
        }
      }
      return messages;
    });
    assert.deepEqual(thrown, mode === 'throw' ? Array(2).fill('ThroughlineWarning: bad_id') : [], mode);
    assert.equal(page.warnings.length, mode === 'console' ? 1 : 0, mode);
  }
});

test('each unknown option is told of, and a flood of bad values is not printed without end', async () => {
  const { collector, site } = environment;
  const device = await environment.device();
  const unknown = Object.fromEntries(Array.from('abcdefgh', (letter) => [`option_${letter}`, 1]));
  const options = { api_host: collector.url, ...unknown };
  const page = await device.open(site.page('/many-options.html', scriptTag(environment.token(), options)));
  await page.evaluate(() => throughline.ready);
  assert.deepEqual(
    page.warnings.map((text) => /option_./.exec(text)[0]),
    Object.keys(unknown),
  );
  await page.evaluate(() => {
    for (let n = 0; n < 500; n++) throughline.identify(`$device:${n}`);
  });
  assert.equal(page.warnings.length, 50);
});
