// Builds the JavaScript part of dist/. ../build.sh calls it after the WebAssembly programs are built.

import { execFileSync } from 'node:child_process';
import {
  appendFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { deflateSync } from 'node:zlib';
import { build, transform } from 'esbuild';
import { minify } from 'terser';
import { packageFiles } from './package.mjs';
import { requireStart } from './programs.mjs';
import { nameProgram, nameScript, placeholder, releaseName, unnameProgram } from './release.mjs';

const here = import.meta.dirname;
const dist = join(here, '..', 'dist');
const debug = process.argv.includes('--debug');

// The React binding must use the module that the app imports, so it does not contain the library.
const libraryBeside = (path) => ({
  name: 'library-beside',
  setup({ onResolve }) {
    onResolve({ filter: /^\.\.\/index\.js$/ }, () => ({ path, external: true }));
  },
});

// The program in the bundle of throughline/inline. No browser unpacks brotli for a script, so it is zlib's format.
const inlineProgram = {
  name: 'inline-program',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^throughline:wasm$/ }, ({ path }) => ({ path, namespace: 'inline' }));
    onLoad({ filter: /.*/, namespace: 'inline' }, () => ({
      contents: deflateSync(readFileSync(shipped('throughline.wasm')), { level: 9 }),
      loader: 'base64',
    }));
  },
};

// A page may have a global variable named `screen` or `fetch`, which hides the browser's from every other script: a `let` or `const` at
// the top level of a classic script is global. So our scripts begin with reading all globals that they use from the window. Left out are
// globals that cannot be hidden, and in the core those that bundlers must find in `new URL(..., import.meta.url)` and `new Worker(...)`
// (core/compile.ts).
const unhideableGlobals = 'window document location undefined NaN Infinity globalThis module'.split(' ');
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
  const [opening] = /^(("use strict";\s*)?\(\(\) ?=> ?\{)?/.exec(code);
  // On a line of its own, and the rest in its column, so that the source map needs no more than a further line.
  return `${opening}${start}\n${' '.repeat(opening.length)}${code.slice(opening.length)}`;
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
  define: { RELEASE: JSON.stringify(placeholder) },
  minify: !debug,
  sourcemap: debug ? 'inline' : 'external',
  target: manifest.browserslist.map((browser) => browser.replace(' >= ', '').replace('ios_saf', 'ios')),
  legalComments: 'none',
  plugins: [inlineProgram],
};
const inPage = { ...common, define: { ...common.define, ...windowProperties } };
const forNode = { ...common, platform: 'node', target: 'node20', minify: false, sourcemap: debug ? 'inline' : false };
const source = (name) => join(here, 'src', name);
const shipped = (name) => join(dist, name);

// What the package's entries are made of. A script needs no tsconfig.json: with ours the output would begin with "use strict", which
// TypeScript's checks make superfluous.
const script = { ...inPage, format: 'iife', tsconfigRaw: '{}' };
const module = { ...inPage, format: 'esm', external: ['./throughline.core.js'] };
const commonjs = { ...module, format: 'cjs', sourcemap: false, logOverride: { 'commonjs-variable-in-esm': 'silent' } };
// The parts of throughline/inline, which become one file at the end: each of the two shortens property names of its own. A map would hold
// the program once more.
const inlinePart = { ...module, sourcemap: false, external: ['./core.js'] };
const part = (name) => join('..', '.cache', 'inline', name);
// Not minified: who debugs a test reads it.
const kit = { ...common, minify: false, sourcemap: false, external: ['node:*'], inject: [source('testing/node.ts')] };
const withModuleURL = (options) => ({
  ...options,
  format: 'cjs',
  define: { ...options.define, 'import.meta.url': 'moduleURL' },
  banner: { js: "const moduleURL = require('node:url').pathToFileURL(__filename).href;" },
});
const react = (format, library) => ({
  ...common,
  format,
  sourcemap: false,
  external: ['react'],
  plugins: [libraryBeside(library)],
  // Bundlers for server components look for it at the beginning of the file.
  banner: { js: "'use client';" },
});
const entries = {
  'throughline.js': [script, 'script.ts'],
  'throughline.mjs': [module, 'index.ts'],
  'throughline.cjs': [commonjs, 'index.commonjs.ts'],
  'throughline.mixpanel.js': [script, 'mixpanel/script.ts'],
  'throughline.mixpanel.mjs': [module, 'mixpanel/index.ts'],
  'throughline.mixpanel.cjs': [commonjs, 'mixpanel/index.commonjs.ts'],
  [part('index.js')]: [inlinePart, 'inline/index.ts'],
  [part('core.js')]: [inlinePart, 'inline/core.ts'],
  'throughline.core.js': [module, 'core/page.ts'],
  'throughline.worker.js': [{ ...common, format: 'esm' }, 'core/worker.ts'],
  'throughline.react.mjs': [react('esm', './throughline.mjs'), 'react/index.ts'],
  'throughline.react.cjs': [react('cjs', './throughline.cjs'), 'react/index.ts'],
  'testing/kit.mjs': [{ ...kit, format: 'esm' }, 'testing/kit.ts'],
  'testing/kit.cjs': [withModuleURL(kit), 'testing/kit.ts'],
  'playwright/index.cjs': [withModuleURL(forNode), 'playwright/index.ts'],
};

// The shim looks for the core's function under the name of the build (src/border.ts).
const entryOf = (name, entry) =>
  name === 'throughline.core.js'
    ? { stdin: { contents: `export { start as ${placeholder} } from './${entry}'`, resolveDir: source('.') } }
    : { entryPoints: [source(entry)] };

mkdirSync(dist, { recursive: true });
for (const [program, name] of [
  ['throughline.wasm', 'open'],
  ['testing/people.wasm', 'claim'],
])
  await requireStart(shipped(program), name).catch(({ message }) => {
    console.error(`build.mjs: ${message}`);
    process.exit(1);
  });
// sizes.mjs compresses the files of this build; a server must not send those of an earlier one.
for (const name of readdirSync(dist)) if (/\.(br|gz)$/.test(name)) rmSync(shipped(name));
const programs = ['throughline.wasm', 'throughline.go.wasm'].map(shipped).filter(existsSync);
programs.forEach(unnameProgram);
for (const folder of ['testing/throughline.wasm', 'types']) rmSync(shipped(folder), { recursive: true, force: true });
await Promise.all([
  ...Object.entries(entries).map(([name, [options, entry]]) =>
    build({ ...options, ...entryOf(name, entry), outfile: shipped(name) }),
  ),
  build({
    ...forNode,
    entryPoints: [source('playwright/index.ts'), source('playwright/cli.ts')],
    outdir: shipped('playwright'),
    outExtension: { '.js': '.mjs' },
    format: 'esm',
    splitting: true,
    chunkNames: 'shared',
  }),
]);
// The scripts go through a second minifier, which removes more unused values and shortens property names. That saves a tenth of the size.
// The scripts and modules get the same short names, because they may share one shim on a page (shared-shim.ts).
const [shimPattern, corePattern] = [shimNames, coreNames].map(privateNames);
const nameCache = {};
const scripts = Object.keys(entries).filter((name) => !/kit|worker|playwright|react/.test(name));
for (const name of scripts) {
  const path = shipped(name);
  const isCore = name.endsWith('core.js');
  const except = isCore ? [...unhideableGlobals, ...bundlerGlobals] : unhideableGlobals;
  const code = await readGlobalsFirst(readFileSync(path, 'utf8'), except, name === 'throughline.core.js');
  writeFileSync(path, code);
  if (!debug) {
    const map = entries[name][0].sourcemap && JSON.parse(readFileSync(`${path}.map`, 'utf8'));
    const options = {
      ecma: 2020,
      module: entries[name][0] !== script,
      compress: { passes: 3, unsafe_arrows: true }, // Turns functions into arrows, which cannot be called with `new`. No function of ours is.
      format: { wrap_func_args: false },
      mangle: { properties: { regex: isCore ? corePattern : shimPattern, builtins: true } },
      nameCache: isCore ? undefined : nameCache,
      sourceMap: map && { content: { ...map, mappings: `;${map.mappings}` }, includeSources: true, asObject: true },
    };
    const result = await minify(code, options);
    writeFileSync(path, result.code);
    if (map) writeFileSync(`${path}.map`, JSON.stringify(result.map));
  }
}
// The core of throughline/inline has no name, because no other file is loaded that it has to fit.
const named = [...scripts.filter((name) => name !== part('core.js')), 'testing/kit.mjs', 'testing/kit.cjs'].map(
  shipped,
);
const release = releaseName([...named, shipped('throughline.worker.js'), programs[0]]);
for (const script of named) nameScript(script, release);
for (const program of programs) nameProgram(program, release);
const inline = { ...common, sourcemap: false };
await build({
  ...inline,
  entryPoints: [shipped(part('index.js'))],
  outfile: shipped('throughline.inline.mjs'),
  format: 'esm',
});
const inlineModule = {
  name: 'inline-module',
  setup: ({ onResolve }) =>
    onResolve({ filter: /^\.\/index\.js$/ }, () => ({ path: shipped('throughline.inline.mjs') })),
};
await build({
  ...commonjs,
  ...inline,
  plugins: [inlineModule],
  entryPoints: [source('inline/commonjs.ts')],
  outfile: shipped('throughline.inline.cjs'),
  format: 'cjs',
});

for (const name of debug ? [] : Object.keys(entries).filter((name) => entries[name][0].sourcemap)) {
  const map = JSON.parse(readFileSync(shipped(`${name}.map`), 'utf8'));
  // So that in an app's own source map they are in node_modules/throughline/src.
  map.sources = map.sources.map((path) => path.replace('../js/', ''));
  writeFileSync(shipped(`${name}.map`), JSON.stringify(map));
  appendFileSync(shipped(name), `\n//# sourceMappingURL=${name}.map`);
}

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
packageFiles(dist);

cpSync(join(here, '..', 'index.html'), shipped('index.html'));
cpSync(join(here, 'demo'), shipped('demo'), { recursive: true, filter: (path) => !path.endsWith('.md') });
