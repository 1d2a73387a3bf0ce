// Loads js/src/core/go-runtime.ts under Node, so that the build (snapshot.mjs) and the tests start Go programs as a page does.

import { join } from 'node:path';
import { build } from 'esbuild';

/** Returns the exports of js/src/core/go-runtime.ts. */
export async function loadGo() {
  const { outputFiles } = await build({
    entryPoints: [join(import.meta.dirname, 'src', 'core', 'go-runtime.ts')],
    bundle: true,
    format: 'esm',
    write: false,
  });
  return import(`data:text/javascript,${encodeURIComponent(outputFiles[0].text)}`);
}
