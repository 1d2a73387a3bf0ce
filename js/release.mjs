// The name of a build, which all files of it have that a page loads. It is made of what was built, so that other files never have the same one.

import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';

/** Stands in scripts for the name until they are built. It is as long, so that source maps stay right. */
export const placeholder = 'rNAME';

/** Returns the name for files with these paths: an identifier. One of a million other builds has the same one. */
export function releaseName(paths) {
  const hash = createHash('sha256');
  for (const path of paths) hash.update(readFileSync(path));
  return `r${BigInt(`0x${hash.digest('hex')}`)
    .toString(36)
    .slice(-4)}`;
}

/** Names a script in place of the placeholder. */
export function nameScript(path, release) {
  const text = readFileSync(path, 'utf8');
  if (!text.includes(placeholder)) throw new Error(`${path} has no place for the name of its build`);
  writeFileSync(path, text.replaceAll(placeholder, release));
}

// A custom section, which begins with 0. WebAssembly.Module.customSections finds it by its own name.
const section = Buffer.from('\0\x0d\x07release');

/** Names a program, in a section at its end. */
export function nameProgram(path, release) {
  writeFileSync(path, Buffer.concat([readFileSync(path), section, Buffer.from(release)]));
}

/** Takes the name of an earlier build from a program. */
export function unnameProgram(path) {
  const program = readFileSync(path);
  const start = program.length - section.length - placeholder.length;
  if (program.subarray(start, -placeholder.length).equals(section)) writeFileSync(path, program.subarray(0, start));
}
