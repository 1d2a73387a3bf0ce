// Runs a program and gives what it printed.

import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const execFileAsync = promisify(execFile);

/** Rejects, with what it said, where the program fails. */
export async function run(program, args, options = {}) {
  const { stdout } = await execFileAsync(program, args.map(String), { maxBuffer: 2 ** 26, ...options });
  return stdout;
}
