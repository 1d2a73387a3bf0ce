// Which folders may import which: imports point one way, and no files import each other in a circle.

import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { test } from './harness/bounded-test.mjs';

const root = resolve(import.meta.dirname, '..', '..');
const source = /^\s*(?:import|export)\s[^'"]*?from\s+['"](\.[^'"]+)['"]|import\(\s*['"](\.[^'"]+)['"]\s*\)/gm;

/** Returns the files below a folder of the project whose names match a pattern, as paths from the project's root. */
function filesOf(folder, endings) {
  return readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && endings.test(entry.name))
    .map((entry) => relative(root, join(entry.parentPath ?? entry.path, entry.name)));
}

/** Returns the files of the project that a TypeScript or JavaScript file imports, as paths from the project's root. */
function importsOf(file) {
  const text = readFileSync(join(root, file), 'utf8');
  return [...text.matchAll(source)].map(([, from, dynamic]) => {
    const path = relative(root, resolve(root, dirname(file), from ?? dynamic));
    return path.startsWith('js/src') ? path.replace(/\.js$/, '.ts') : path;
  });
}

const shipped = filesOf('js/src', /\.ts$/);
const graph = new Map(shipped.map((file) => [file, importsOf(file).filter((path) => shipped.includes(path))]));

test('what ships imports neither the demo, the bench, the tests nor, but for the kit itself, the kit', () => {
  assert.ok(shipped.length > 30);
  for (const file of shipped)
    for (const path of importsOf(file)) {
      assert.match(path, /^js\/src\//, `${file} imports ${path}`);
      if (!file.startsWith('js/src/testing/'))
        assert.doesNotMatch(path, /^js\/src\/testing\//, `${file} imports ${path}`);
    }
});

test('the shim does not import the core, which is loaded later', () => {
  for (const file of shipped.filter((path) => dirname(path) === 'js/src'))
    for (const path of importsOf(file).filter((path) => shipped.includes(path)))
      assert.doesNotMatch(path, /^js\/src\/core\//, `${file} imports ${path}`);
});

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
