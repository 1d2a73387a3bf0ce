// Loads js/src/core/go-runtime.ts under Node, so that the build (snapshot.mjs, programs.mjs) and the tests start Go programs as a page does.

import { readFileSync } from 'node:fs';
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

/** Starts the program in a file as a page would, and returns its exports. It calls none of our own imports while it starts. */
export async function startAlone(path) {
  const unusedImports = new Proxy({}, { get: () => () => {} });
  const { startGo } = await loadGo();
  return startGo(await WebAssembly.compile(readFileSync(path)), unusedImports);
}
