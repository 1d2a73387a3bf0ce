// Runs collector/bench, the generator of load, and PostgreSQL servers.

import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { run } from './run-command.mjs';

const root = join(import.meta.dirname, '..', '..', '..');
const program = join(root, '.cache', 'bin', 'collector-bench');

/** Builds collector/bench, which the other functions run. */
export function buildProgram() {
  execFileSync('go', ['build', '-o', program, './bench'], { cwd: join(root, 'collector') });
}

/** Runs a command of collector/bench and resolves to its result. */
export async function runProgram(command, flags) {
  const args = Object.entries(flags).flatMap(([name, value]) => [`-${name}`, value]);
  return JSON.parse(await run(program, [command, ...args]));
}

/** Runs a PostgreSQL server with an empty database while `action` runs, which receives its address and its process id. */
export async function withPostgres(action) {
  const server = spawn(program, ['postgres'], { stdio: ['pipe', 'pipe', 'inherit'] });
  const ended = new Promise((resolve) => server.once('exit', resolve));
  try {
    const [line] = await Promise.race([
      once(createInterface(server.stdout), 'line'),
      ended.then(() => Promise.reject(new Error('PostgreSQL did not start'))),
    ]);
    return await action(JSON.parse(line));
  } finally {
    server.stdin.end();
    await ended;
  }
}
