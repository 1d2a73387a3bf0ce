// The npm package: in a single-page app built by Vite, imported on a server, and with TypeScript.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { cpSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after } from 'node:test';
import { build } from 'vite';
import { test } from './harness/bounded-test.mjs';
import { useEnvironment } from './harness/environment.mjs';
import { before } from './harness/ordered-hooks.mjs';
import { packedApp } from './harness/packed-app.mjs';

const { root: app, remove } = packedApp();
const environment = useEnvironment({ folders: { app: join(app, 'dist') } });

const main = `
import throughline from 'throughline';
const ask = new URLSearchParams(location.search);
throughline.init(ask.get('token'), { api_host: ask.get('collector') });
throughline.track('Browsed');
throughline.alias('U');
throughline.track('Signed Up');
throughline.identify('U');
window.throughline = throughline;
window.finished = throughline.flush();
`;

before(async () => {
  writeFileSync(
    join(app, 'index.html'),
    '<!doctype html><title>SPA</title><script type="module" src="/src/main.js"></script>',
  );
  writeFileSync(join(app, 'src', 'main.js'), main);
  await build({ root: app, base: '/app/', logLevel: 'error' });
});

after(remove);

test('a Vite app with the npm package sends the events of the story', async () => {
  const { collector, site } = environment;
  const token = environment.token();
  const device = await environment.device();
  const page = await device.open(`${site.url}/app/index.html?token=${token}&collector=${collector.url}`);
  assert.equal(await page.evaluate(() => window.finished), true);
  const events = await collector.stored(token, 4);
  assert.deepEqual(
    events.map(({ event }) => event),
    ['Browsed', '$create_alias', 'Signed Up', '$identify'],
  );
  assert.equal(new Set(events.map(({ person }) => person)).size, 1);
  assert.deepEqual(page.warnings, []);
  assert.deepEqual(device.problems, []);
});

test('the bundler puts the core into a chunk of its own', () => {
  const assets = readdirSync(join(app, 'dist', 'assets'));
  assert.equal(assets.filter((name) => name.endsWith('.wasm')).length, 1);
  assert.ok(
    assets.some((name) => /core.*\.js$/.test(name)),
    assets.join(),
  );
});

test('on a server it can be imported, and every method does nothing', () => {
  const script = `
    import throughline from 'throughline';
    throughline.init('t');
    throughline.track('Rendered');
    throughline.identify('U');
    console.log(JSON.stringify([throughline.get_distinct_id() ?? null, await throughline.flush(), throughline.has_opted_out_tracking(), await throughline.ready]));
  `;
  const out = execFileSync(process.execPath, ['--input-type=module', '-e', script], {
    cwd: app,
    encoding: 'utf8',
    timeout: 120_000,
  });
  assert.equal(out.trim(), '[null,false,false,false]');
});

test('TypeScript finds the types of the package', () => {
  cpSync(join(import.meta.dirname, 'harness', 'types.ts.txt'), join(app, 'src', 'types.ts'));
  symlinkSync(join(import.meta.dirname, '..', 'node_modules', '@types'), join(app, 'node_modules', '@types'));
  const tsc = join(import.meta.dirname, '..', 'node_modules', '.bin', 'tsc');
  const options = ['--noEmit', '--strict', '--ignoreConfig', '--module', 'esnext', '--moduleResolution', 'bundler'];
  const said = execFileSync(tsc, [...options, '--target', 'es2022', 'src/types.ts'], { cwd: app, timeout: 120_000 });
  assert.equal(String(said), '');
});
