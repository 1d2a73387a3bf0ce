// An app that was written for mixpanel-browser, whose only change is the import: built by Vite with either library, imported on a server, and
// checked by TypeScript.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { cpSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after } from 'node:test';
import { build } from 'vite';
import { test } from './harness/bounded-test.mjs';
import { useEnvironment } from './harness/environment.mjs';
import { before } from './harness/ordered-hooks.mjs';
import { packedApp } from './harness/packed-app.mjs';

const { root: app, remove } = packedApp('mixpanel-browser');
const environment = useEnvironment({ folders: { old: join(app, 'old'), new: join(app, 'new') } });

// The first line is all that differs.
const main = (library) => `import mixpanel from '${library}';
const ask = new URLSearchParams(location.search);
mixpanel.init(ask.get('token'), { api_host: ask.get('collector'), persistence: 'localStorage', batch_flush_interval_ms: 100 });
window.app = {
  browse: () => mixpanel.track('Browsed', { page: 'home' }),
  signUp: (id) => {
    mixpanel.alias(id);
    mixpanel.people.set({ $email: id + '@example.com' });
    mixpanel.track('Signed Up');
  },
  logIn: (id) => {
    mixpanel.identify(id);
    mixpanel.register({ plan: 'pro' });
    mixpanel.track('Logged In');
  },
  logOut: () => {
    mixpanel.track('Logged Out');
    mixpanel.reset();
  },
};
`;

before(async () => {
  writeFileSync(
    join(app, 'index.html'),
    '<!doctype html><title>App</title><script type="module" src="/src/main.js"></script>',
  );
  for (const [folder, library] of [
    ['old', 'mixpanel-browser'],
    ['new', 'throughline/mixpanel'],
  ]) {
    writeFileSync(join(app, 'src', 'main.js'), main(library));
    await build({ root: app, base: `/${folder}/`, logLevel: 'error', build: { outDir: folder } });
  }
});

after(remove);

test('sign-up, login, logout and a second device: one person, before, during and after the switch', async () => {
  const { collector, site } = environment;
  const token = environment.token();
  const open = (device, folder) =>
    device.open(`${site.url}/${folder}/index.html?token=${token}&collector=${collector.url}`);
  const first = await environment.device();
  let page = await open(first, 'old');
  await page.evaluate(() => {
    app.browse();
    app.signUp('U');
  });
  // Besides what the app does, mixpanel-browser sends `$identify` once the alias is acknowledged. What it has not stored when its page closes is lost.
  await collector.stored(token, 4);
  await page.close();
  page = await open(first, 'new');
  await page.evaluate(() => {
    app.browse();
    app.logIn('U');
  });
  const second = await environment.device();
  const elsewhere = await open(second, 'new');
  await elsewhere.evaluate(() => {
    app.browse();
    app.logIn('U');
    app.logOut();
    app.browse();
  });
  await collector.stored(token, 4 + 2 + 5);
  const events = await collector.events(token);
  const people = new Set(events.map(({ person }) => person));
  const [{ person }] = events;
  const named = events.map(({ event, person: whose }) => `${event}${whose === person ? '' : ' (another)'}`);
  assert.deepEqual(named.filter((name) => !/^\$/.test(name)).sort(), [
    'Browsed',
    'Browsed',
    'Browsed (another)',
    'Browsed (another)',
    'Logged In',
    'Logged In',
    'Logged Out',
    'Signed Up',
  ]);
  assert.equal(people.size, 3, 'the person, the second device before the login, and whoever comes after the logout');
  assert.equal((await collector.person(token, 'U')).profile.$email, 'U@example.com');
  assert.deepEqual([...first.problems, ...second.problems], []);
});

test('on a server it can be imported, and every method does nothing', () => {
  const script = `
    import mixpanel from 'throughline/mixpanel';
    mixpanel.init('t', {}, 'second').track('Rendered');
    mixpanel.init('t');
    mixpanel.track('Rendered');
    mixpanel.people.set('a', 1);
    mixpanel.get_group('a', 'b').set('c', 1);
    mixpanel.track_links('a', 'Followed');
    console.log(JSON.stringify([mixpanel.get_distinct_id() ?? null, await mixpanel.ready]));
  `;
  const out = execFileSync(process.execPath, ['--input-type=module', '-e', script], {
    cwd: app,
    encoding: 'utf8',
    timeout: 120_000,
  });
  assert.equal(out.trim(), '[null,false]');
});

test('TypeScript accepts the calls of applications that were written for mixpanel-browser', () => {
  cpSync(join(import.meta.dirname, 'harness', 'mixpanel-types.ts.txt'), join(app, 'src', 'calls.ts'));
  symlinkSync(join(import.meta.dirname, '..', 'node_modules', '@types'), join(app, 'node_modules', '@types'));
  const tsc = join(import.meta.dirname, '..', 'node_modules', '.bin', 'tsc');
  const options = ['--noEmit', '--strict', '--ignoreConfig', '--module', 'esnext', '--moduleResolution', 'bundler'];
  const said = execFileSync(tsc, [...options, '--target', 'es2022', 'src/calls.ts'], { cwd: app, timeout: 120_000 });
  assert.equal(String(said), '');
});
