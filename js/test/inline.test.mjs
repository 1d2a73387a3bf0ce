// throughline/inline, bundled into one classic script: where no second file can be loaded.

import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';
import { test } from './harness/bounded-test.mjs';
import { dist } from './harness/collector.mjs';
import { useEnvironment } from './harness/environment.mjs';
import { before } from './harness/ordered-hooks.mjs';

const folder = mkdtempSync(join(tmpdir(), 'throughline-inline-'));
const environment = useEnvironment({ folders: { app: folder } });
after(() => rmSync(folder, { recursive: true, force: true }));

const main = `
import throughline from 'throughline/inline';
const ask = new URLSearchParams(location.search || frameElementSearch());
function frameElementSearch() { return window.name; } // A sandboxed frame with srcdoc has no address of its own.
throughline.init(ask.get('token'), { api_host: ask.get('collector') });
throughline.track('Browsed');
throughline.alias('U');
throughline.track('Signed Up');
throughline.identify('U');
window.throughline = throughline;
throughline.flush().then((done) => parent.postMessage({ done, path: location.pathname }, '*'));
`;

before(async () => {
  for (const [outfile, entry] of [
    ['app.js', 'throughline.inline.mjs'],
    ['required.js', 'throughline.inline.cjs'],
  ])
    await build({
      stdin: { contents: main, resolveDir: folder },
      bundle: true,
      format: 'iife',
      outfile: join(folder, outfile),
      alias: { 'throughline/inline': join(dist, entry) },
    });
  for (const name of ['app', 'required'])
    writeFileSync(
      join(folder, `${name}.html`),
      `<!doctype html><title>${name}</title><script src="${name}.js"></script>`,
    );
});

const story = ['Browsed', '$create_alias', 'Signed Up', '$identify'];

async function assertStory(token, device) {
  const events = await environment.collector.stored(token, story.length);
  assert.deepEqual(
    events.map(({ event }) => event),
    story,
  );
  assert.equal(new Set(events.map(({ person }) => person)).size, 1);
  assert.deepEqual(device.problems, []);
}

/** Opens a page, and returns it with the paths that it asked the site for. */
async function openApp(device, address, token) {
  const page = await device.open(`${address}?token=${token}&collector=${environment.collector.url}`);
  assert.equal(await page.evaluate(() => throughline.ready), true);
  return page;
}

for (const name of ['app', 'required'])
  test(`${name}: one script is all that the page loads`, async () => {
    const { site } = environment;
    const token = environment.token();
    const device = await environment.device();
    const before = site.requestedPaths.length;
    const page = await openApp(device, `${site.url}/app/${name}.html`, token);
    await assertStory(token, device);
    assert.deepEqual(
      site.requestedPaths.slice(before).filter((path) => path !== '/favicon.ico'),
      [`/app/${name}.html`, `/app/${name}.js`],
    );
    assert.deepEqual(page.warnings, []);
  });

test('on file://', async () => {
  const token = environment.token();
  const device = await environment.device();
  const page = await openApp(device, pathToFileURL(join(folder, 'app.html')).href, token);
  await assertStory(token, device);
  assert.deepEqual(page.warnings, []);
});

test('in a sandboxed frame without an origin, where storage is blocked', async () => {
  const { site, collector } = environment;
  const token = environment.token();
  const device = await environment.device();
  const script = readFileSync(join(folder, 'app.js'), 'utf8').replaceAll('</script', '<\\/script');
  const inside = `<!doctype html><script>${script}</script>`;
  const frame = `<script>addEventListener('message', ({ data }) => { window.told = data.done; });
    const frame = document.createElement('iframe');
    frame.sandbox = 'allow-scripts';
    frame.name = '?token=${token}&collector=${collector.url}';
    frame.srcdoc = ${JSON.stringify(inside).replaceAll('</script', '<\\/script')};
    addEventListener('DOMContentLoaded', () => document.body.append(frame));</script><p>The page around it</p>`;
  const page = await device.open(site.page('/sandbox.html', frame));
  await page.waitForFunction('window.told !== undefined');
  await assertStory(token, device);
  assert.ok(!page.warnings.some((text) => /core_failed/.test(text)), page.warnings.join());
});

test('where the browser has no DecompressionStream', async () => {
  const token = environment.token();
  const device = await environment.device();
  await device.context.addInitScript('delete window.DecompressionStream');
  await openApp(device, `${environment.site.url}/app/app.html`, token);
  await assertStory(token, device);
});
