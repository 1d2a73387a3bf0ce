// Installs an app of examples/ outside the repository, with the package as `npm pack` makes it, and uses it as a customer does.

import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { dist, until } from './collector.mjs';

const examples = join(import.meta.dirname, '..', '..', '..', 'examples');

/** Copies an example and installs what it needs. */
export function installExample(name) {
  const root = mkdtempSync(join(tmpdir(), `throughline-${name}-`));
  const source = join(examples, name);
  const isOwn = (path) => !['node_modules', 'dist', '.next'].includes(basename(path));
  cpSync(source, root, { recursive: true, filter: (path) => path === source || isOwn(path) });
  const npm = (args, env = {}) =>
    String(execFileSync('npm', args, { cwd: root, timeout: 600_000, env: { ...process.env, ...env }, stdio: 'pipe' }));
  const [{ filename }] = Object.values(JSON.parse(npm(['pack', dist, '--json', '--pack-destination', root])));
  const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  manifest.dependencies.throughline = `file:${filename}`;
  writeFileSync(join(root, 'package.json'), JSON.stringify(manifest));
  npm(['install', '--no-audit', '--no-fund', '--prefer-offline', '--loglevel=error']);
  return {
    root,
    build: (env) => npm(['run', 'build'], env),
    remove: () => rmSync(root, { recursive: true, force: true, maxRetries: 5 }),
  };
}

/** Starts a server, and waits until it answers at `url`. The result ends it and whatever it has started. */
export async function startServer(command, args, options, url) {
  const child = spawn(command, args, { ...options, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
  let log = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (data) => (log += data));
  const gone = new Promise((resolve) => child.once('exit', resolve));
  const stop = () => {
    if (child.exitCode === null && !child.signalCode) process.kill(-child.pid, 'SIGTERM');
    return gone;
  };
  try {
    await until(
      () =>
        fetch(url).then(
          () => true,
          () => false,
        ),
      `${command} answers`,
      () => log,
      90,
    );
  } catch (error) {
    await stop();
    throw error;
  }
  return stop;
}

/**
 * Uses the shop of an example: looks at a page, signs up, buys, logs out and looks again. Asserts what the collector stored. `own` are the
 * events that only this example has, and `views` how often a page view is counted.
 */
export async function useShop({ device, collector, url, token, own = [], views = 2 }) {
  const page = await device.open(url);
  const press = (name) => page.getByText(name, { exact: true }).click();
  await page.getByRole('heading', { name: 'tea' }).waitFor();
  await press('View');
  await page.waitForTimeout(500); // Routers show the next page after the click.
  await press('Sign up');
  await press('Buy');
  const shopping = ['$mp_web_page_view', 'Item Viewed', '$create_alias', '$identify', 'Signed Up', 'Bought', ...own];
  const expected = shopping.length - 1 + views;
  const names = (events) => new Set(events.map(({ event }) => event));
  let events = await collector.stored(token, expected, 60);
  await press('Log out');
  await press('View');
  events = await collector.stored(token, expected + 1, 60);
  const persons = new Map(events.map(({ properties, person }) => [properties.distinct_id, person]));
  assert.deepEqual(names(events), new Set(shopping));
  const before = events.slice(0, expected);
  assert.equal(new Set(before.map(({ person }) => person)).size, 1, 'before the logout there is one person');
  assert.equal(new Set(persons.values()).size, 2, 'after it, a new visitor');
  const count = (name) => events.filter(({ event }) => event === name).length;
  assert.deepEqual([count('$mp_web_page_view'), count('$identify'), count('Bought')], [views, 1, 1]);
  assert.deepEqual(page.warnings, []);
  assert.deepEqual(device.problems, []);
  await page.close();
  return events;
}
