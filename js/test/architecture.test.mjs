// Which folders may import which: imports point one way, and no files import each other in a circle.

import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { test } from './harness/bounded-test.mjs';

const root = resolve(import.meta.dirname, '..', '..');
const specifiers =
  /^\s*(?:import|export)\s(?:[^'"]*?\sfrom\s+)?['"]([^'"]+)['"]|\bimport\(\s*(?:\/\*.*?\*\/\s*)?['"]([^'"]+)['"]\s*\)/gm;

/** Returns the files below a folder of the project whose names match a pattern, as paths from the project's root. */
function filesOf(folder, endings) {
  return readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && endings.test(entry.name))
    .map((entry) => relative(root, join(entry.parentPath ?? entry.path, entry.name)));
}

/** Returns what a TypeScript or JavaScript file imports: files of the project as paths from its root, and names of packages. */
function importsOf(file) {
  const text = readFileSync(join(root, file), 'utf8');
  return [...text.matchAll(specifiers)].map(([, from, dynamic]) => {
    const specifier = from ?? dynamic;
    if (!specifier.startsWith('.')) return specifier;
    const path = relative(root, resolve(root, dirname(file), specifier));
    return path.startsWith('js/src') ? path.replace(/\.js$/, '.ts') : path;
  });
}

// The folders with a README.md that says, in a line "May import: ...", what their files may import.
const folders = [
  'js/src/core',
  'js/src/testing',
  'js/src/playwright',
  'js/src/react',
  'js/src/inline',
  'js/src',
  'js/demo',
  'js/bench',
  'js/test',
  'js',
  'dist',
];
const folderOf = (path) => folders.find((folder) => path.startsWith(`${folder}/`));

function allowedImports(folder) {
  const readme = readFileSync(join(root, folder, 'README.md'), 'utf8');
  const [, list] = /^May import: (.+)\.$/m.exec(readme);
  return list.split(', ').map((item) => item.replaceAll('`', ''));
}

function isAllowed(path, allowed) {
  const folder = folderOf(path);
  if (!folder) return allowed.includes('packages') || allowed.includes(path);
  return allowed.some((item) => path.startsWith(`${item}/`) && folderOf(`${item}/`) === folder);
}

for (const folder of folders.slice(0, 9))
  test(`the files of ${folder} import only what its README.md allows`, () => {
    const allowed = allowedImports(folder);
    const files = filesOf(folder, /\.(ts|js|mjs)$/).filter((file) => folderOf(file) === folder);
    assert.ok(files.length > (/react|inline/.test(folder) ? 0 : 5));
    const imported = files.flatMap((file) => importsOf(file).map((path) => [file, path]));
    for (const [file, path] of imported) assert.ok(isAllowed(path, allowed), `${file} imports ${path}`);
    for (const item of allowed)
      assert.ok(
        imported.some(([, path]) => isAllowed(path, [item])),
        `nothing imports ${item}`,
      );
  });

test('the library and the testing kit import neither the demo nor the bench nor the tests', () => {
  for (const folder of ['js/src', 'js/src/core', 'js/src/testing', 'js/src/react'])
    for (const item of allowedImports(folder)) assert.match(item, /^js\/src|^react$/, folder);
  for (const item of allowedImports('js/src/inline')) assert.match(item, /^js\/src|^throughline:|^fflate$/);
  for (const item of allowedImports('js/src/playwright')) assert.match(item, /^js\/src|^node:/);
  for (const folder of ['js/src', 'js/src/core'])
    for (const tests of ['js/src/testing', 'js/src/playwright'])
      assert.ok(!allowedImports(folder).includes(tests), `${folder} does not import ${tests}`);
  assert.ok(
    !allowedImports('js/src').includes('js/src/core'),
    'the shim does not import the core, which is loaded later',
  );
});

const shipped = filesOf('js/src', /\.ts$/);
const graph = new Map(shipped.map((file) => [file, importsOf(file).filter((path) => shipped.includes(path))]));

test('no files import each other in a circle', () => {
  const done = new Set();
  const visit = (file, above) => {
    assert.ok(!above.includes(file), [...above.slice(above.indexOf(file)), file].join(' → '));
    if (done.has(file)) return;
    for (const next of graph.get(file)) visit(next, [...above, file]);
    done.add(file);
  };
  for (const file of shipped) visit(file, []);
});

const module = 'github.com/throughline/throughline';
const go = {
  identity: ['identity'],
  wasm: ['identity', 'wasm'],
  collector: ['identity', 'collector'],
};

for (const [folder, allowed] of Object.entries(go))
  test(`${folder} imports nothing of ours but ${allowed.join(' and ')}`, () => {
    const files = filesOf(folder, /\.go$/);
    assert.ok(files.length > 10);
    for (const file of files)
      for (const [, path] of readFileSync(join(root, file), 'utf8').matchAll(new RegExp(`"${module}/([^"]+)"`, 'g')))
        assert.ok(allowed.includes(path.split('/')[0]), `${file} imports ${path}`);
  });

test('hooks that run before the tests are registered by the harness, which runs them in order', () => {
  for (const file of filesOf('js/test', /\.mjs$/).filter((file) => !file.endsWith('/ordered-hooks.mjs')))
    assert.doesNotMatch(
      readFileSync(join(root, file), 'utf8'),
      /import \{[^}]*\bbefore\b[^}]*\} from 'node:test'/,
      file,
    );
});
