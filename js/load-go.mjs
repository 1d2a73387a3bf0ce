// js/src/core/go-runtime.ts for Node: what starts Go in a page also starts it when building (snapshot.mjs) and in tests.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { transform } from 'esbuild';

/** The exports of js/src/core/go-runtime.ts. */
export async function loadGo() {
  const source = readFileSync(join(import.meta.dirname, 'src', 'core', 'go-runtime.ts'), 'utf8');
  const { code } = await transform(source, { loader: 'ts' });
  return import(`data:text/javascript,${encodeURIComponent(code)}`);
}
