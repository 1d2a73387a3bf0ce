// The code in docs/frameworks.md is that of the examples, which are built and used by tests of their own.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from './harness/bounded-test.mjs';

const root = join(import.meta.dirname, '..', '..');
const text = readFileSync(join(root, 'docs', 'frameworks.md'), 'utf8');
const blocks = [...text.matchAll(/(?:<!-- (.+?) -->\n)?```(\w*)\n(.*?)```/gs)].map(([, file, , code]) => ({
  file,
  code,
}));

test('there is code for each of the examples', () => {
  const named = new Set(blocks.map(({ file }) => file?.split('/')[1]));
  assert.deepEqual(named, new Set(['vite-react', 'next-app', 'vue', 'script-tag', 'go-server']));
});

for (const { file, code } of blocks)
  test(`code of ${file}`, () => {
    assert.ok(file, `this code names no example: ${code}`);
    assert.ok(readFileSync(join(root, file), 'utf8').includes(code), `${file} has no\n${code}`);
  });
