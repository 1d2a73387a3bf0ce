// The name of a build, which all files of it have that a page loads.

import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..');
const sources = { 'js/src': /\.(ts|js|json)$/, wasm: /(?<!_test)\.go$/, identity: /(?<!_test)\.go$/ };

/**
 * Returns the name of a build of these sources: an identifier of five characters. `variant` is what else it depends on. One of a million other
 * builds has the same name.
 */
export function releaseName(variant) {
  const hash = createHash('sha256').update(variant);
  for (const [folder, pattern] of Object.entries(sources))
    for (const path of readdirSync(join(root, folder), { recursive: true }).sort())
      if (pattern.test(path)) hash.update(`${path}\0`).update(readFileSync(join(root, folder, path)));
  return `r${BigInt(`0x${hash.digest('hex')}`)
    .toString(36)
    .slice(-4)}`;
}

// A custom section with the id 0, which WebAssembly.Module.customSections finds by its name.
const sectionName = 'release';
const section = (release) =>
  Buffer.from([0, 1 + sectionName.length + release.length, sectionName.length, ...Buffer.from(sectionName + release)]);

/** Marks a WebAssembly program as one of this build, in place of an earlier mark. */
export function markProgram(path, release) {
  const program = readFileSync(path);
  const mark = section(release);
  const end = program.length - mark.length;
  const isMarked = program.subarray(end, -release.length).equals(mark.subarray(0, -release.length));
  writeFileSync(path, Buffer.concat([isMarked ? program.subarray(0, end) : program, mark]));
}
