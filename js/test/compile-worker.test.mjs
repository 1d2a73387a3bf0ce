// The Go program is compiled in a worker, so that the page's own thread stays free, or in the page where no worker can be used.

import assert from 'node:assert/strict';
import { after } from 'node:test';
import { test } from './harness/bounded-test.mjs';
import { useEnvironment } from './harness/environment.mjs';
import { before } from './harness/ordered-hooks.mjs';
import { scriptTag, startSite } from './harness/site.mjs';

const environment = useEnvironment();
let cdn;
before(async () => {
  cdn = await startSite();
});
after(() => cdn.stop());

/** Page code that counts the programs that the page itself compiles, in `window.compiled`. */
const counting = `
  window.compiled = 0;
  for (const way of ['compile', 'compileStreaming']) {
    const original = WebAssembly[way];
    WebAssembly[way] = (...args) => { compiled++; return original.apply(WebAssembly, args); };
  }`;

const allowed = { 'Access-Control-Allow-Origin': '*' };
const places = {
  'in a worker, from the page’s own origin': { inPage: 0 },
  'in the page, where its policy forbids workers': {
    headers: { 'Content-Security-Policy': "worker-src 'none'" },
    inPage: 1,
  },
  'in the page, where the browser has no workers': { before: 'delete window.Worker;', inPage: 1 },
  'in the page, from another origin': { cdn: true, inPage: 1 },
};

for (const [name, { headers, before: own = '', cdn: elsewhere, inPage }] of Object.entries(places)) {
  test(`compiled ${name}`, async () => {
    const { collector, site } = environment;
    const token = environment.token();
    const device = await environment.device();
    for (const file of ['throughline.core.js', 'throughline.wasm']) cdn.answers[`/lib/${file}`] = allowed;
    let tag = scriptTag(token, { api_host: collector.url }, counting + own);
    if (elsewhere) tag = tag.replace('/lib/', `${cdn.url}/lib/`);
    const page = await device.open(site.page(`/${token}.html`, tag, headers));
    assert.equal(await page.evaluate(() => throughline.ready), true);
    assert.equal(await page.evaluate(() => compiled), inPage);
    await page.evaluate(() => {
      throughline.track('Tracked');
      return throughline.flush();
    });
    // The warm-up in the worker has sent and stored nothing.
    assert.deepEqual(
      (await collector.stored(token, 1)).map(({ event }) => event),
      ['Tracked'],
    );
    assert.equal(JSON.stringify(await page.evaluate(() => ({ ...localStorage }))).includes('warm-up'), false);
    assert.deepEqual(page.warnings, []);
    assert.deepEqual(device.problems, []);
  });
}
