// The types of the npm package, as TypeScript finds them with each way to resolve modules: what must compile does, and of what must not,
// every line is an error.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { cpSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { after } from 'node:test';
import { test } from './harness/bounded-test.mjs';
import { installed, packedApp } from './harness/packed-app.mjs';

const { root, library, remove } = packedApp('@types', 'csstype');
const sources = join(import.meta.dirname, 'typed-app');

after(remove);

for (const folder of readdirSync(sources))
  for (const file of readdirSync(join(sources, folder)))
    cpSync(join(sources, folder, file), join(root, folder, file.replace(/\.txt$/, '')));

// TypeScript 7 has no node10 any more. An older one is part of a tool of ours.
const current = join(installed, 'typescript');
const old = join(installed, '@arethetypeswrong', 'core', 'node_modules', 'typescript');
const resolutions = [
  { compiler: old, moduleResolution: 'node10', module: 'esnext' },
  { compiler: old, moduleResolution: 'node16', module: 'node16' },
  { compiler: old, moduleResolution: 'bundler', module: 'esnext' },
  { compiler: current, moduleResolution: 'node16', module: 'node16' },
  { compiler: current, moduleResolution: 'bundler', module: 'esnext' },
];

/** Compiles a folder of the app, and returns what the compiler says of it. */
function compile(folder, { compiler, moduleResolution, module }) {
  const compilerOptions = {
    moduleResolution,
    module,
    target: 'es2022',
    strict: true,
    exactOptionalPropertyTypes: true,
    allowJs: true,
    checkJs: true,
    jsx: 'react-jsx',
    noEmit: true,
    skipLibCheck: compiler === old, // It checks the browser's own types too, for seconds. TypeScript 7 is fast.
    types: [],
  };
  const files = readdirSync(join(root, folder)).filter((name) => !name.endsWith('.json'));
  writeFileSync(join(root, folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, files }));
  try {
    return String(
      execFileSync(process.execPath, [join(compiler, 'bin', 'tsc'), '-p', folder], { cwd: root, timeout: 120_000 }),
    );
  } catch (error) {
    return String(error.stdout);
  }
}

for (const folder of readdirSync(sources))
  for (const resolution of resolutions)
    test(`${folder}: ${resolution.moduleResolution}, ${relative(installed, resolution.compiler)}`, () => {
      assert.equal(compile(folder, resolution), '');
    });

test('every line that must not compile would be noticed if it did', () => {
  const file = join(root, 'open', 'bad.ts');
  const text = readFileSync(file, 'utf8');
  writeFileSync(file, `${text}\n// @ts-expect-error A line that compiles.\nthroughline.track('x');\n`);
  assert.match(compile('open', resolutions.at(-1)), /^open\/bad\.ts\(\d+,1\): error TS2578/);
  writeFileSync(file, text);
});

test('the error of a misspelt method says so, and which was meant once the trackers are declared', () => {
  const name = 'misspelt.ts';
  const calls = ["throughline.indentify('user-1');", 'mixpanel.rest();'];
  const imports = ["import throughline from 'throughline';", "import mixpanel from 'throughline/mixpanel';"];
  const unclear = /not callable.*Type 'NotAMethodButANamedTracker'/s;
  // The trackers of throughline/mixpanel are declared nowhere.
  for (const [folder, expected] of [
    ['open', [unclear, unclear]],
    ['declared', [/'indentify' does not exist .* Did you mean 'identify'\?/, unclear]],
  ]) {
    const file = join(root, folder, name);
    writeFileSync(file, [...imports, ...calls].join('\n'));
    for (const resolution of resolutions) {
      const errors = compile(folder, resolution).split(/^(?=\S)/m);
      assert.equal(errors.length, expected.length, errors.join(''));
      for (const [index, message] of expected.entries()) assert.match(errors[index], message);
    }
    rmSync(file);
  }
});

test('no public type is any', () => {
  const files = readdirSync(join(library, 'types'), { recursive: true }).filter((file) =>
    /types\.d\.ts|events|react/.test(file),
  );
  assert.ok(files.length > 3, files.join());
  for (const file of files.filter((file) => file.endsWith('.d.ts'))) {
    const text = readFileSync(join(library, 'types', file), 'utf8').replace(/\/\*\*[\s\S]*?\*\/|\/\/.*/g, '');
    assert.doesNotMatch(text, /\bany\b/, file);
  }
});
