// Loads js/src/core/go-runtime.ts under Node, so that the build (snapshot.mjs) and the tests start Go programs as a page does.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { transform } from 'esbuild';

/** Returns the exports of js/src/core/go-runtime.ts. */
export async function loadGo() {
  const source = readFileSync(join(import.meta.dirname, 'src', 'core', 'go-runtime.ts'), 'utf8');
  const { code } = await transform(source, { loader: 'ts' });
  return import(`data:text/javascript,${encodeURIComponent(code)}`);
}
