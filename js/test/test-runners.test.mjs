// The npm package in a site's own tests, with a DOM that has no network: Jest, Vitest and node --test, each with its defaults.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after } from 'node:test';
import { test } from './harness/bounded-test.mjs';
import { installed, packedApp } from './harness/packed-app.mjs';

const app = packedApp('happy-dom', 'jsdom', 'vitest');
after(app.remove);
cpSync(join(import.meta.dirname, 'jest-app'), join(app.root, 'jest'), { recursive: true });
cpSync(join(import.meta.dirname, 'no-network-app'), join(app.root, 'src'), { recursive: true });
writeFileSync(join(app.root, 'jest', 'package.json'), '{}'); // Of CommonJS, as `npm init` makes it.

// The settings of this test run must not apply to the inner one.
const { NODE_TEST_CONTEXT, NODE_OPTIONS, ...env } = process.env;
const run = (...args) => spawnSync(process.execPath, args, { cwd: app.root, env, encoding: 'utf8', timeout: 120_000 });

test('Jest with jsdom: no transform, no mock, nothing printed afterwards', () => {
  const report = join(app.root, 'jest.json');
  const jest = join(installed, 'jest', 'bin', 'jest.js');
  const jsdom = join(installed, 'jest-environment-jsdom');
  const options = ['--rootDir', join(app.root, 'jest'), '--env', jsdom, '--json', '--outputFile', report];
  const { status, stderr } = run(jest, ...options);
  assert.equal(status, 0, stderr);
  const { numPassedTests, numTotalTests } = JSON.parse(readFileSync(report, 'utf8'));
  assert.deepEqual([numPassedTests, numTotalTests], [6, 6]);
  assert.doesNotMatch(stderr, /console\.|did not exit|torn down|after tests are done|open handle/i);
});

for (const dom of ['happy-dom', 'jsdom'])
  test(`Vitest with ${dom}: ready settles at once`, () => {
    const vitest = join(installed, 'vitest', 'vitest.mjs');
    const { status, stdout, stderr } = run(
      vitest,
      'run',
      '--root',
      app.root,
      '--environment',
      dom,
      'src/ready.test.js',
    );
    assert.equal(status, 0, stdout + stderr);
    assert.match(stdout, /1 passed/);
    assert.doesNotMatch(stdout + stderr, /unhandled|close timed out|core_failed/i);
  });

test('node --test with happy-dom: ready settles at once, and nothing keeps Node running', () => {
  const { status, stdout } = run('--test', 'src/ready.js');
  assert.equal(status, 0, stdout);
});
