// Files of two builds in one browser, as after an update of a site whose old files are still in a cache: none of them works with another's.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from './harness/bounded-test.mjs';
import { dist, until } from './harness/collector.mjs';
import { useEnvironment } from './harness/environment.mjs';
import { scriptTag } from './harness/site.mjs';

const environment = useEnvironment();

const read = (name) => readFileSync(join(dist, name));
const release = read('throughline.wasm').subarray(-5).toString();
const anotherRelease = 'r____';

/** Returns a file of dist/ as another build would have it: with its name in place of ours. */
function ofAnotherRelease(name) {
  const file = read(name);
  const text = file.toString('latin1');
  assert.ok(text.includes(release), `${name} has no name of its build`);
  return Buffer.from(text.replaceAll(release, anotherRelease), 'latin1');
}

/** Answers with a file that browsers keep for a year. */
const cached = (type, body) => (_request, response) =>
  response.writeHead(200, { 'Content-Type': type, 'Cache-Control': 'max-age=31536000' }).end(body);
const script = 'text/javascript';
const program = 'application/wasm';

/** Opens pages of a new visitor while the site answers as given. Afterwards it answers with the files of this build. */
async function open(answers, { before = '', config = {} } = {}) {
  const { collector, site } = environment;
  const token = environment.token();
  const device = await environment.device();
  Object.assign(site.answers, answers);
  const url = site.page(`/${token}.html`, scriptTag(token, { api_host: collector.url, ...config }, before));
  site.requestedPaths.length = 0;
  const page = await device.open(url);
  return {
    ...{ collector, token, device, page, url },
    requests: (name) => site.requestedPaths.filter((path) => path === `/lib/${name}`).length,
    mend() {
      for (const path of Object.keys(answers)) delete site.answers[path];
    },
  };
}

async function assertDelivered({ collector, token, device }, page) {
  assert.equal(
    await page.evaluate(() => {
      throughline.track('Bought');
      return throughline.flush();
    }),
    true,
  );
  assert.equal((await collector.stored(token, 1)).at(-1).event, 'Bought');
  assert.deepEqual(device.problems, []);
}

for (const [name, before] of [
  ['compiled in a worker', ''],
  ['compiled in the page', 'delete window.Worker'],
])
  test(`a program of another release in the browser's cache is fetched anew, once: ${name}`, async () => {
    const old = ofAnotherRelease('throughline.wasm');
    const path = '/lib/throughline.wasm';
    let answered = 0;
    const visit = await open(
      {
        [path]: (request, response) => cached(program, answered++ ? read('throughline.wasm') : old)(request, response),
      },
      { before },
    );
    assert.equal(await visit.page.evaluate(() => throughline.ready), true);
    await assertDelivered(visit, visit.page);
    const next = await visit.device.open(visit.url);
    assert.equal(await next.evaluate(() => throughline.ready), true);
    assert.equal(answered, 2, 'the new one is in the cache');
    assert.deepEqual([...visit.page.warnings, ...next.warnings], []);
    visit.mend();
  });

test('where the server has a program of another release, the warning says so, and events are handed over', async () => {
  const visit = await open({ '/lib/throughline.wasm': cached(program, ofAnotherRelease('throughline.wasm')) });
  assert.equal(await visit.page.evaluate(() => throughline.ready), false);
  assert.equal(visit.page.warnings.length, 1);
  assert.match(
    visit.page.warnings[0],
    /core_failed.*\/lib\/throughline\.wasm is of another release\. Serve all files of one release/,
  );
  assert.equal(visit.requests('throughline.wasm'), 2);
  await visit.page.evaluate(() => throughline.track('Bought'));
  await visit.page.goto('about:blank');
  assert.deepEqual(
    (await visit.collector.stored(visit.token, 1)).map(({ event }) => event),
    ['Bought'],
  );
  visit.mend();
  const next = await visit.device.open(visit.url);
  assert.equal(await next.evaluate(() => throughline.ready), true);
  await assertDelivered(visit, next);
  assert.equal((await visit.collector.events(visit.token)).length, 2, 'once each');
});

test('a page that is loaded in the middle of a deployment recovers', async () => {
  const path = '/lib/throughline.wasm';
  let answered = 0;
  const visit = await open({
    [path]: (request, response) =>
      cached(program, answered++ < 2 ? ofAnotherRelease('throughline.wasm') : read('throughline.wasm'))(
        request,
        response,
      ),
  });
  assert.equal(await visit.page.evaluate(() => throughline.ready), false);
  await visit.page.evaluate(() => throughline.track('Early'));
  assert.deepEqual(
    (await visit.collector.stored(visit.token, 1)).map(({ event }) => event),
    ['Early'],
  );
  assert.equal(visit.page.warnings.length, 1);
  visit.mend();
});

test('where wasm_url is a program of another release, the warning says so', async () => {
  const visit = await open(
    { '/old.wasm': cached(program, ofAnotherRelease('throughline.wasm')) },
    { config: { wasm_url: '/old.wasm' } },
  );
  assert.equal(await visit.page.evaluate(() => throughline.ready), false);
  assert.match(visit.page.warnings[0], /core_failed.*\/old\.wasm is of another release/);
  visit.mend();
});

test('a program that was built alone, without the name of a build, runs', async () => {
  const section = 15; // Bytes: its id, two lengths, `release`, and the name.
  const visit = await open({
    '/lib/throughline.wasm': cached(program, read('throughline.wasm').subarray(0, -section)),
  });
  assert.equal(await visit.page.evaluate(() => throughline.ready), true);
  await assertDelivered(visit, visit.page);
  visit.mend();
});

for (const entry of ['throughline.js', 'throughline.mixpanel.js'])
  test(`a core of another release in the browser's cache is replaced, and nothing is lost: ${entry}`, async () => {
    const { collector, site } = environment;
    const path = '/lib/throughline.core.js';
    const old = ofAnotherRelease('throughline.core.js');
    site.answers[path] = (request, response) =>
      cached(script, request.url.includes('?') ? read('throughline.core.js') : old)(request, response);
    const token = environment.token();
    const device = await environment.device();
    const library = entry === 'throughline.js' ? 'throughline' : 'mixpanel';
    const url = site.page(
      `/${token}.html`,
      `<script src="/lib/${entry}"></script><script>
        ${library}.init('${token}', { api_host: '${collector.url}' });
        ${library}.track('Came');
      </script>`,
    );
    const page = await device.open(url);
    const stored = await collector.stored(token, 1);
    assert.deepEqual(
      stored.map(({ event }) => event),
      ['Came'],
    );
    assert.match(page.warnings.join(), /core_failed.*Serve all files of one release/);
    assert.deepEqual(device.problems, []);
    delete site.answers[path];
  });

test('a shim of another release hands its events over, and the next release delivers them once', async () => {
  const visit = await open({ '/lib/throughline.js': cached(script, ofAnotherRelease('throughline.js')) });
  await visit.page.evaluate(() => throughline.track('Came'));
  await until(() => visit.page.warnings.length > 0, 'a warning');
  assert.match(visit.page.warnings[0], /core_failed.*Serve all files of one release/);
  await visit.page.goto('about:blank');
  await visit.collector.stored(visit.token, 1);
  visit.mend();
  const next = await visit.device.open(`${visit.url}?next`);
  await next.evaluate(() => throughline.ready);
  const names = async () => (await visit.collector.events(visit.token)).map(({ event }) => event);
  assert.deepEqual(await names(), ['Came']);
});

test('two releases on one page do not share a shim: the first keeps the name, and both deliver', async () => {
  const { collector, site } = environment;
  const [token, other] = [environment.token(), environment.token()];
  const device = await environment.device();
  for (const name of ['throughline.js', 'throughline.core.js', 'throughline.wasm'])
    site.answers[`/old/${name}`] = cached(name.endsWith('js') ? script : program, ofAnotherRelease(name));
  const url = site.page(
    `/${token}.html`,
    `<script src="/old/throughline.js"></script>
     <script>throughline.init('${token}', { api_host: '${collector.url}' }); throughline.track('Old')</script>
     <script src="/lib/throughline.js"></script>
     <script type="module">
       import library from '/lib/throughline.mjs';
       library.init('${other}', { api_host: '${collector.url}' });
       library.track('New');
       library.flush();
     </script>`,
  );
  const page = await device.open(url);
  await collector.stored(other, 1);
  assert.match(page.warnings.join('\n'), /global_taken/);
  await page.goto('about:blank');
  await collector.stored(token, 1);
  assert.deepEqual(device.problems, []);
});
