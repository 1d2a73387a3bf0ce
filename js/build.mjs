// Builds the JavaScript part of dist/. ../build.sh calls it after the WebAssembly programs are built.

import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { build, transform } from 'esbuild';
import { minify } from 'terser';

const here = import.meta.dirname;
const dist = join(here, '..', 'dist');
const debug = process.argv.includes('--debug');
const tinygo = process.env.COMPILER === 'tinygo';

// A program compiled with TinyGo is started by TinyGo's own loader, which must be of the same release, so it is taken from the installed
// TinyGo. The loader writes to `globalThis`; here that is a parameter, so that it writes to an object of ours.
const tinygoStart = {
  name: 'tinygo-start',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /\/go-runtime\.js$/ }, () => ({ path: source('core/tinygo-runtime.ts') }));
    onResolve({ filter: /^tinygo:wasm_exec$/ }, ({ path }) => ({ path, namespace: 'tinygo' }));
    onLoad({ filter: /.*/, namespace: 'tinygo' }, () => {
      const root = execFileSync('tinygo', ['env', 'TINYGOROOT']).toString().trim();
      const loader = readFileSync(join(root, 'targets', 'wasm_exec.js'), 'utf8');
      return { contents: `export default function (globalThis) { ${loader}\nreturn globalThis.Go; }`, loader: 'js' };
    });
  },
};

// The React binding must use the module that the app imports, so it does not contain the library.
const libraryBeside = {
  name: 'library-beside',
  setup({ onResolve }) {
    onResolve({ filter: /^\.\.\/index\.js$/ }, () => ({ path: './throughline.mjs', external: true }));
  },
};

// A page may have a global variable named `screen` or `fetch`, which hides the browser's from every other script: a `let` or `const` at
// the top level of a classic script is global. So our scripts begin with reading all globals that they use from the window. Left out are
// globals that cannot be hidden, and in the core those that bundlers must find in `new URL(..., import.meta.url)` and `new Worker(...)`
// (core/environment.ts, core/compile.ts).
const unhideableGlobals = 'window document location undefined NaN Infinity globalThis'.split(' ');
const bundlerGlobals = 'URL Worker'.split(' ');
// These are read from the window at each use, because reading them throws where the browser blocks storage.
const windowProperties = Object.fromEntries(
  ['localStorage', 'indexedDB', 'globalThis'].map((name) => [name, `window.${name}`]),
);

// Puts that reading at the start of a script. The core is loaded when the page may have replaced its globals, so with `isReplaceable` the
// script also exports `useBuiltins`, by which the shim hands over the originals (builtins.ts).
async function readGlobalsFirst(code, except, isReplaceable = false) {
  const { ast } = await minify(code, { module: true, compress: false, mangle: false, format: { ast: true } });
  ast.figure_out_scope({});
  const used = [...ast.globals.keys()].filter((name) => !except.includes(name));
  const setter = `export const useBuiltins = (builtins) => { ({ ${used.map((name) => `${name} = ${name}`)} } = builtins); };`;
  // During server rendering there is no window.
  const start = `${isReplaceable ? 'let' : 'const'} { ${used} } = typeof window === 'object' ? window : globalThis;${isReplaceable ? setter : ''}`;
  const wrapped = /^("use strict";\s*)?\(\(\) ?=> ?\{/;
  return wrapped.test(code) ? code.replace(wrapped, (opening) => opening + start) : start + code;
}

// Property names that are shortened, because only the shim or only the core uses them. A name that the page, the other of the two, the
// browser or storage uses must not be listed.
const shimNames =
  'api awaitsLoaded callsBeforeInit config dispatch host instanceName isRecordingAllowed load onOpen open readProperty record refuses report reportCode settled throwPending trackers whenReady';
const coreNames =
  'addListeners capacity database decoder encoder endIfThrown environment flushes forgetNames handles markDead nameOf prepare recordKeys releases setPage showWarnings throwIfDead warnOf';

function privateNames(names) {
  const known = ['border.ts', 'types.ts'].map((name) => readFileSync(source(name), 'utf8')).join('\n');
  const clash = names.split(' ').filter((name) => new RegExp(`^ +(readonly )?${name}[?]?[:(]`, 'm').test(known));
  if (clash.length) throw new Error(`build.mjs: these names are not private: ${clash.join()}`);
  return new RegExp(`^(${names.replaceAll(' ', '|')})$`);
}

const manifest = JSON.parse(readFileSync(join(here, 'package.json'), 'utf8'));
const common = {
  bundle: true,
  define: { VERSION: JSON.stringify(manifest.version + (debug ? '-debug' : '')) },
  minify: !debug,
  sourcemap: debug ? 'inline' : false,
  target: manifest.browserslist.map((browser) => browser.replace(' >= ', '').replace('ios_saf', 'ios')),
  legalComments: 'none',
  plugins: tinygo ? [tinygoStart] : [],
};
const inPage = { ...common, define: { ...common.define, ...windowProperties } };
// Not minified: who debugs a test reads it.
const forNode = { ...common, platform: 'node', target: 'node20', minify: false };
const source = (name) => join(here, 'src', name);
const shipped = (name) => join(dist, name);

mkdirSync(dist, { recursive: true });
await Promise.all([
  build({
    ...inPage,
    entryPoints: [source('script.ts')],
    outfile: shipped('throughline.js'),
    format: 'iife',
    tsconfigRaw: '{}', // With our tsconfig.json the output would begin with "use strict", which TypeScript's checks make superfluous.
  }),
  build({ ...inPage, entryPoints: [source('core/core.ts')], outfile: shipped('throughline.core.js'), format: 'esm' }),
  build({
    ...common,
    entryPoints: [source('core/worker.ts')],
    outfile: shipped('throughline.worker.js'),
    format: 'esm',
  }),
  build({
    ...inPage,
    entryPoints: [source('index.ts')],
    outfile: shipped('throughline.mjs'),
    format: 'esm',
    external: ['./throughline.core.js'],
  }),
  build({
    ...inPage,
    entryPoints: [source('mixpanel/index.ts')],
    outfile: shipped('throughline.mixpanel.mjs'),
    format: 'esm',
    external: ['./throughline.core.js'],
  }),
  build({
    ...inPage,
    entryPoints: [source('mixpanel/script.ts')],
    outfile: shipped('throughline.mixpanel.js'),
    format: 'iife',
    tsconfigRaw: '{}',
  }),
  build({
    ...common,
    entryPoints: [source('react/index.ts')],
    outfile: shipped('throughline.react.mjs'),
    format: 'esm',
    external: ['react'],
    plugins: [libraryBeside],
    // Bundlers for server components look for it at the beginning of the file.
    banner: { js: "'use client';" },
  }),
  build({
    ...common,
    entryPoints: [source('testing/kit.ts')],
    outfile: shipped('testing/kit.mjs'),
    format: 'esm',
    minify: false,
    external: ['node:*'],
  }),
  build({
    ...forNode,
    entryPoints: [source('playwright/index.ts'), source('playwright/cli.ts')],
    outdir: shipped('playwright'),
    outExtension: { '.js': '.mjs' },
    format: 'esm',
    splitting: true,
    chunkNames: 'shared',
  }),
  build({
    ...forNode,
    entryPoints: [source('playwright/index.ts')],
    outfile: shipped('playwright/index.cjs'),
    format: 'cjs',
    define: { ...forNode.define, 'import.meta.url': 'fileURL' },
    banner: { js: "const fileURL = require('node:url').pathToFileURL(__filename).href;" },
  }),
]);
// The scripts go through a second minifier, which removes more unused values and shortens property names. That saves a tenth of the size.
// The scripts and modules get the same short names, because they may share one shim on a page (shared-shim.ts).
const [shimPattern, corePattern] = [shimNames, coreNames].map(privateNames);
const nameCache = {};
const scripts = [
  'throughline.js',
  'throughline.mjs',
  'throughline.mixpanel.js',
  'throughline.mixpanel.mjs',
  'throughline.core.js',
];
for (const name of scripts) {
  const path = shipped(name);
  const isCore = name === 'throughline.core.js';
  const except = isCore ? [...unhideableGlobals, ...bundlerGlobals] : unhideableGlobals;
  const code = await readGlobalsFirst(readFileSync(path, 'utf8'), except, isCore);
  writeFileSync(path, code);
  if (!debug) {
    const options = {
      ecma: 2020,
      module: name.endsWith('.mjs') || isCore,
      compress: { passes: 3, unsafe_arrows: true }, // Turns functions into arrows, which cannot be called with `new`. No function of ours is.
      format: { wrap_func_args: false },
      mangle: { properties: { regex: isCore ? corePattern : shimPattern, builtins: true } },
      nameCache: isCore ? undefined : nameCache,
    };
    writeFileSync(path, (await minify(code, options)).code);
  }
}
cpSync(shipped('throughline.wasm'), shipped('testing/throughline.wasm'));

const snippet = await transform(readFileSync(source('snippet.js'), 'utf8'), {
  minify: true,
  target: 'es2017',
  legalComments: 'none',
});
writeFileSync(shipped('snippet.html'), `<script>\n${snippet.code.trim()}\n</script>\n`);

// What runs under Node is a project of its own, because the types of Node would give pages globals that they do not have.
for (const project of ['.', 'src/playwright'])
  execFileSync(
    join(here, 'node_modules', '.bin', 'tsc'),
    ['-p', project, '--noEmit', 'false', '--declaration', '--emitDeclarationOnly', '--outDir', shipped('types')],
    { cwd: here, stdio: 'inherit' },
  );
const declarations = (path) => `export type * from '${path}';\nexport { default } from '${path}';\n`;
writeFileSync(shipped('throughline.d.ts'), declarations('./types/index.js'));
writeFileSync(shipped('throughline.mixpanel.d.ts'), declarations('./types/mixpanel/index.js'));
writeFileSync(shipped('throughline.react.d.ts'), `export * from './types/react/index.js';\n`);
for (const name of ['global.d.ts', 'mixpanel-global.d.ts']) cpSync(join(here, 'types', name), shipped(name));

// The npm package, which `npm pack ./dist` makes of dist/.
const { devDependencies, ...shippedManifest } = manifest;
writeFileSync(shipped('package.json'), `${JSON.stringify(shippedManifest, null, 2)}\n`);
cpSync(join(here, 'README.md'), shipped('README.md'));
cpSync(join(here, '..', 'LICENSE'), shipped('LICENSE'));

cpSync(join(here, '..', 'index.html'), shipped('index.html'));
cpSync(join(here, 'demo'), shipped('demo'), { recursive: true, filter: (path) => !path.endsWith('.md') });
