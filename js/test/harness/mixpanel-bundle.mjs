// mixpanel-browser, bundled from its package as a script that puts it at window.mixpanel.

import { join } from 'node:path';
import { build } from 'esbuild';

/** Returns the script's text. */
export async function bundleMixpanel() {
  const contents = "import mixpanel from 'mixpanel-browser'; window.mixpanel = mixpanel";
  const { outputFiles } = await build({
    stdin: { contents, resolveDir: join(import.meta.dirname, '..', '..') },
    bundle: true,
    write: false,
    format: 'iife',
  });
  return outputFiles[0].text;
}
