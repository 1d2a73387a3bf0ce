// The tarball that `npm pack` makes: what is in it, and whether tools and resolvers find it.

import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { after } from 'node:test';
import { publint } from 'publint';
import { formatMessage } from 'publint/utils';
import { compilerOf, describeProgram } from '../programs.mjs';
import { test } from './harness/bounded-test.mjs';
import { installed, packedApp } from './harness/packed-app.mjs';

const app = packedApp();
after(app.remove);
const { library, root } = app;
const read = (name) => readFileSync(join(library, name), 'utf8');
const manifest = JSON.parse(read('package.json'));
const files = readdirSync(library, { recursive: true }).filter((name) => statSync(join(library, name)).isFile());

test('publint finds nothing', async () => {
  const { messages, pkg } = await publint({ pkgDir: library, strict: true });
  assert.deepEqual(
    messages.map((message) => formatMessage(message, pkg)),
    [],
  );
});

test('the types are right for every resolver (attw)', () => {
  const attw = join(installed, '@arethetypeswrong', 'cli', 'dist', 'index.js');
  const check = (...options) => {
    const { status, stdout, stderr } = spawnSync(
      process.execPath,
      [attw, app.tarball, '--format', 'ascii', ...options],
      {
        encoding: 'utf8',
        timeout: 120_000,
      },
    );
    assert.equal(status, 0, stdout + stderr);
  };
  const { exports } = manifest;
  // The program, and types of global variables.
  const noModules = Object.keys(exports).filter((name) => /\.wasm$|global$/.test(name));
  const scripts = Object.keys(exports).filter((name) => /\.js$/.test(name));
  check('--exclude-entrypoints', ...noModules, ...scripts);
  // Node cannot require() a script for pages, whatever its types are. Bundlers can.
  check('--exclude-entrypoints', ...noModules, '--ignore-rules', 'cjs-resolves-to-esm');
});

/** Returns all paths that a manifest names. */
const pathsOf = (value) =>
  typeof value === 'string' ? [value] : Object.values(value ?? {}).flatMap((inner) => pathsOf(inner));

test('it has no file that nothing leads to, and the program once', () => {
  const reached = new Set([
    'package.json',
    'README.md',
    'LICENSE',
    'CHANGELOG.md',
    'THIRD-PARTY-NOTICES.txt',
    'snippet.html',
    'llms.txt',
  ]);
  const visit = (name) => {
    if (reached.has(name)) return;
    reached.add(name);
    assert.ok(existsSync(join(library, name)), name);
    const beside = (path) => relative(library, resolve(library, dirname(name), path));
    if (/\.(wasm|map)$/.test(name)) return;
    const text = read(name);
    if (name.endsWith('/package.json'))
      return pathsOf(JSON.parse(text))
        .filter((path) => path.startsWith('.'))
        .map(beside)
        .forEach(visit);
    const paths = [...text.matchAll(/["'`]((?:\.{0,2}\/)*[\w./-]+\.(?:[mc]?js|wasm))["'`]/g)].map(([, path]) =>
      beside(path),
    );
    for (const path of paths)
      for (const candidate of [path, path.replace(/\.js$/, '.d.ts')]) if (files.includes(candidate)) visit(candidate);
    for (const [, path] of text.matchAll(/\/\/# sourceMappingURL=(\S+)$/g)) visit(beside(path));
  };
  const { exports, main, module, types, unpkg, jsdelivr, bin } = manifest;
  for (const path of pathsOf({ exports, main, module, types, unpkg, jsdelivr, bin })) visit(relative('.', path));
  for (const name of Object.keys(exports))
    if (files.includes(join(name, 'package.json'))) visit(join(name, 'package.json'));
  if (files.includes('types/package.json')) visit('types/package.json'); // TypeScript reads it.
  assert.deepEqual(
    files.filter((name) => !reached.has(name)),
    [],
  );
  assert.deepEqual(
    files.filter((name) => name.endsWith('throughline.wasm')),
    ['throughline.wasm'],
  );
});

test('its manifest says whose it is and where, its notices what it contains of others', () => {
  for (const field of [
    'description',
    'keywords',
    'homepage',
    'bugs',
    'repository',
    'license',
    'engines',
    'browserslist',
    'unpkg',
    'jsdelivr',
  ])
    assert.ok(manifest[field], field);
  assert.equal(manifest.devDependencies, undefined);
  for (const name of ['The Go Authors', 'agnivade/levenshtein', 'fflate'])
    assert.ok(read('THIRD-PARTY-NOTICES.txt').includes(name), name);
});

test('its manifest and its README say which compiler has made its program', () => {
  const program = join(library, 'throughline.wasm');
  assert.deepEqual(manifest.throughline, { compiler: compilerOf(program) });
  assert.ok(read('README.md').includes(describeProgram(program)));
  assert.equal(read('THIRD-PARTY-NOTICES.txt').includes('TinyGo'), compilerOf(program) === 'TinyGo');
});

test('every link of its README is absolute', () => {
  const links = [...read('README.md').matchAll(/\]\(([^)]+)\)|(?:src|href)="([^"]+)"/g)].map(
    ([, markdown, html]) => markdown ?? html,
  );
  assert.ok(links.length > 5);
  for (const link of links.filter((to) => !/^(https:\/\/|#)/.test(to) && !to.startsWith('/throughline')))
    assert.fail(link);
});

test('the source maps lead to the sources', () => {
  const maps = files.filter((name) => name.endsWith('.map'));
  assert.ok(maps.includes('throughline.mjs.map') && maps.includes('throughline.core.js.map'));
  for (const name of maps) {
    const { sources, sourcesContent, mappings } = JSON.parse(read(name));
    assert.ok(sources.length > 3 && mappings.length > 1_000, name);
    assert.ok(
      sourcesContent.every((content) => content?.length),
      name,
    );
    for (const source of sources) assert.match(source, /^src\//, name);
  }
});

test('require() and import give the same library on a server', () => {
  const script = `
    const throughline = require('throughline');
    const mixpanel = require('throughline/mixpanel');
    const inline = require('throughline/inline');
    throughline.init('t');
    throughline.track('Rendered');
    import('throughline').then(async ({ default: imported }) =>
      console.log(JSON.stringify([typeof imported.track, typeof throughline.track, throughline.default === throughline, typeof mixpanel.people.set,
        typeof inline.track, await throughline.ready, require.resolve('throughline/throughline.wasm').endsWith('throughline.wasm')])));
  `;
  const out = execFileSync(process.execPath, ['-e', script], { cwd: root, encoding: 'utf8', timeout: 60_000 });
  assert.deepEqual(JSON.parse(out), ['function', 'function', true, 'function', 'function', false, true]);
});

const imports = `import throughline, { type Config } from 'throughline';
import mixpanel from 'throughline/mixpanel';
import inline from 'throughline/inline';
import { createTestKit } from 'throughline/testing';
const config: Config = { api_host: 'https://collector.example' };
throughline.init('t', config).track('Bought', { price: 1 });
inline.track('Bought');
mixpanel.people.set('plan', 'pro');
createTestKit().then((kit) => kit.throughline.track('Bought'));
// @ts-expect-error An event has a name.
throughline.track();
`;
const scripts = `import 'throughline/throughline.js';
import 'throughline/throughline.mixpanel.js';
window.throughline.track('Bought');
window.mixpanel.track('Bought');
// @ts-expect-error A script exports nothing.
import { track } from 'throughline/throughline.js';
export { track };
`;
const required = `import throughline = require('throughline');
import kit = require('throughline/testing');
const config: throughline.Config = {};
throughline.init('t', config);
throughline.default.track('Bought');
kit.createTestKit();
`;
writeFileSync(join(root, 'src', 'scripts.mts'), scripts);
writeFileSync(join(root, 'src', 'imports.mts'), imports);
writeFileSync(join(root, 'src', 'imports.cts'), imports);
writeFileSync(join(root, 'src', 'required.cts'), required);

for (const [kind, ...names] of [
  ['node16', 'scripts.mts', 'imports.mts', 'imports.cts', 'required.cts'],
  ['esnext --moduleResolution bundler', 'scripts.mts', 'imports.mts'],
  ['commonjs --moduleResolution bundler', 'imports.cts', 'required.cts'],
])
  test(`TypeScript accepts it with --module ${kind}`, () => {
    const options = '--noEmit --strict --ignoreConfig --target es2022 --lib es2022,dom,dom.iterable --types'.split(' ');
    const paths = names.map((name) => join('src', name));
    const { status, stdout } = spawnSync(
      join(installed, '.bin', 'tsc'),
      [...options, '', '--module', ...kind.split(' '), ...paths],
      {
        cwd: root,
        encoding: 'utf8',
        timeout: 120_000,
      },
    );
    assert.equal(status, 0, stdout);
  });
