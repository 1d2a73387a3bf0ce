// Describes the machine and the versions of a run, which the figures depend on.

import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';
import { join } from 'node:path';
import { compilerOf } from '../programs.mjs';
import { executablePath } from '../test/harness/browser.mjs';
import { dist } from '../test/harness/collector.mjs';

/** Returns a line about the machine and a line with the versions. */
export function machine() {
  const [{ model }] = cpus();
  const memory = Math.round(totalmem() / 2 ** 30);
  return [
    `${cpus().length} cores (${model.trim()}), ${memory} GiB, shared with other work`,
    [
      outputOf(executablePath, '--version').replace(/ built on.*/, ''),
      `Node ${process.versions.node}`,
      outputOf('go', 'env', 'GOVERSION').replace('go', 'Go '),
      `throughline.wasm by ${compilerOf(join(dist, 'throughline.wasm'))}`,
      ...['mixpanel-browser', '@amplitude/analytics-browser', 'posthog-js'].map((name) => `${name} ${version(name)}`),
    ].join(', '),
  ];
}

const outputOf = (command, ...args) =>
  execFileSync(command, args, { stdio: ['ignore', 'pipe', 'ignore'] })
    .toString()
    .trim();

function version(name) {
  return JSON.parse(readFileSync(join(import.meta.dirname, '..', 'node_modules', name, 'package.json'), 'utf8'))
    .version;
}
