// Installs the npm package, as `npm pack` makes it, in an empty app.

import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { dist } from './collector.mjs';

export const installed = join(import.meta.dirname, '..', '..', 'node_modules');

/** Creates an empty app with the package, and links others from the node_modules of the tests. */
export function packedApp(...others) {
  const root = mkdtempSync(join(tmpdir(), 'throughline-app-'));
  const packed = execFileSync('npm', ['pack', dist, '--json', '--pack-destination', root], {
    encoding: 'utf8',
    timeout: 120_000,
  });
  const [{ filename }] = Object.values(JSON.parse(packed));
  const library = join(root, 'node_modules', 'throughline');
  mkdirSync(library, { recursive: true });
  execFileSync('tar', ['-xzf', join(root, filename), '-C', library, '--strip-components=1']);
  for (const name of others) symlinkSync(join(installed, name), join(root, 'node_modules', name));
  mkdirSync(join(root, 'src'));
  writeFileSync(join(root, 'package.json'), '{ "type": "module" }');
  return { root, library, tarball: join(root, filename), remove: () => rmSync(root, { recursive: true, force: true }) };
}
