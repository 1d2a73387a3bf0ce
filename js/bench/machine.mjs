// What a run was made on: figures without it say nothing.

import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';
import { join } from 'node:path';
import { executablePath } from '../test/harness/browser.mjs';

/** One line on the machine, one on the versions. */
export function machine() {
  const [{ model }] = cpus();
  const memory = Math.round(totalmem() / 2 ** 30);
  return [
    `${cpus().length} cores (${model.trim()}), ${memory} GiB, shared with other work`,
    [
      outputOf(executablePath, '--version').replace(/ built on.*/, ''),
      `Node ${process.versions.node}`,
      outputOf('go', 'env', 'GOVERSION').replace('go', 'Go '),
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
