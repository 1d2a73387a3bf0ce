// Runs a program.

import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const execFileAsync = promisify(execFile);

/** Resolves to the output of the program. Rejects, with its output in the message, if it fails. */
export async function run(program, args, options = {}) {
  const { stdout } = await execFileAsync(program, args.map(String), { maxBuffer: 2 ** 26, ...options });
  return stdout;
}
