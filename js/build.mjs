// Builds the JavaScript side into dist/: what ships, nothing else. Called by ../build.sh, which builds the wasm first.

import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { build, transform } from 'esbuild';
import { minify } from 'terser';

const here = import.meta.dirname;
const dist = join(here, '..', 'dist');
const debug = process.argv.includes('--debug');
const tinygo = process.env.COMPILER === 'tinygo';

// A program that TinyGo made is started by TinyGo's own loader, which belongs to that release and is never copied into the
// project. It writes to `globalThis`: as a parameter, that is an object of ours.
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

// A page's script may have a variable of its own named `screen` or `fetch`, which hides the browser's from every other script: a `let`
// or `const` at the top level of a classic script is global. So what runs in a page takes what it uses from the window, once, at its
// start. Not so names that cannot be hidden; and those that bundlers look for, `new URL(..., import.meta.url)`. (core/environment.ts, core/compile.ts).
const notTaken = 'window document location undefined NaN Infinity globalThis'.split(' ');
const bundlers = 'URL Worker'.split(' ');
// Merely reading these throws where the browser blocks storage.
const ofWindow = Object.fromEntries(
  ['localStorage', 'indexedDB', 'globalThis'].map((name) => [name, `window.${name}`]),
);

// The core is loaded when the page may have replaced them: there the shim hands it what it has (builtins.ts).
async function withOwnGlobals(code, except, given = false) {
  const { ast } = await minify(code, { module: true, compress: false, mangle: false, format: { ast: true } });
  ast.figure_out_scope({});
  const used = [...ast.globals.keys()].filter((name) => !except.includes(name));
  // During server rendering there is no window.
  const own = `export const useBuiltins = (builtins) => { ({ ${used.map((name) => `${name} = ${name}`)} } = builtins); };`;
  const taken = `${given ? 'let' : 'const'} { ${used} } = typeof window === 'object' ? window : globalThis;${given ? own : ''}`;
  const wrapped = /^("use strict";\s*)?\(\(\) ?=> ?\{/;
  return wrapped.test(code) ? code.replace(wrapped, (start) => start + taken) : taken + code;
}

// Names that only the shim knows, and those that only the core knows: members of its classes. What the page, the other of the two, the
// browser or storage knows by its name must not be here.
const shimNames =
  'api awaitsLoaded callsBeforeInit config dispatch host instanceName load open readProperty record report reportCode settled throwPending trackers whenReady';
const coreNames =
  'addListeners capacity database decoder encoder endIfThrown environment flushes forgetNames handles markDead nameOf opened prepare releases setPage showWarnings throwIfDead';

function ownNames(names) {
  const known = ['border.ts', 'types.ts'].map((name) => readFileSync(source(name), 'utf8')).join('\n');
  const clash = names.split(' ').filter((name) => new RegExp(`^ +(readonly )?${name}[?]?[:(]`, 'm').test(known));
  if (clash.length) throw new Error(`build.mjs: not our own names: ${clash.join()}`);
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
const inPage = { ...common, define: { ...common.define, ...ofWindow } };
const source = (name) => join(here, 'src', name);
const shipped = (name) => join(dist, name);

mkdirSync(dist, { recursive: true });
await Promise.all([
  build({
    ...inPage,
    entryPoints: [source('script.ts')],
    outfile: shipped('throughline.js'),
    format: 'iife',
    tsconfigRaw: '{}', // Ours has it begin with "use strict", which changes nothing in code that TypeScript has checked.
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
    ...common,
    entryPoints: [source('testing/kit.ts')],
    outfile: shipped('testing/kit.mjs'),
    format: 'esm',
    minify: false,
    external: ['node:*'],
  }),
]);
// What a page loads before it works goes through a second minifier, which knows more about unused values and shortens the names of
// properties that only one of them knows: a tenth less. The script and the module share the short names, for they may share a shim.
const [ofShim, ofCore] = [shimNames, coreNames].map(ownNames);
const nameCache = {};
for (const name of ['throughline.js', 'throughline.mjs', 'throughline.core.js']) {
  const path = shipped(name);
  const core = name === 'throughline.core.js';
  const except = core ? [...notTaken, ...bundlers] : notTaken;
  const code = await withOwnGlobals(readFileSync(path, 'utf8'), except, core);
  writeFileSync(path, code);
  if (!debug) {
    const options = {
      ecma: 2020,
      module: name !== 'throughline.js',
      compress: { passes: 3, unsafe_arrows: true }, // Unsafe where a function is called with new: none is.
      format: { wrap_func_args: false },
      mangle: { properties: { regex: core ? ofCore : ofShim, builtins: true } },
      nameCache: core ? undefined : nameCache,
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

execFileSync(
  join(here, 'node_modules', '.bin', 'tsc'),
  ['--noEmit', 'false', '--declaration', '--emitDeclarationOnly', '--outDir', shipped('types')],
  {
    cwd: here,
    stdio: 'inherit',
  },
);
writeFileSync(
  shipped('throughline.d.ts'),
  "export type * from './types/index.js';\nexport { default } from './types/index.js';\n",
);

// What `npm pack ./dist` makes a package of.
const { devDependencies, ...shippedManifest } = manifest;
writeFileSync(shipped('package.json'), `${JSON.stringify(shippedManifest, null, 2)}\n`);
cpSync(join(here, 'README.md'), shipped('README.md'));
cpSync(join(here, '..', 'LICENSE'), shipped('LICENSE'));

cpSync(join(here, '..', 'index.html'), shipped('index.html'));
cpSync(join(here, 'demo'), shipped('demo'), { recursive: true });
