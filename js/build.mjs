// Builds the JavaScript side into dist/: what ships, nothing else. Called by ../build.sh, which builds the wasm first.

import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { build, transform } from 'esbuild';
import { minify } from 'terser';

const here = import.meta.dirname;
const dist = join(here, '..', 'dist');
const debug = process.argv.includes('--debug');
const tinygo = process.env.COMPILER === 'tinygo';

// Go's loader belongs to the compiler that made the wasm, so it is taken from there and never copied into the project. It
// writes to `globalThis` and reads a global `fs`: as parameters, both are ours.
const goLoader = {
  name: 'go-loader',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^go:wasm_exec$/ }, ({ path }) => ({ path, namespace: 'go' }));
    onLoad({ filter: /.*/, namespace: 'go' }, () => ({ contents: loaderModule(), loader: 'js' }));
  },
};

function loaderModule() {
  const [command, root, path] = tinygo
    ? ['tinygo', 'TINYGOROOT', 'targets/wasm_exec.js']
    : ['go', 'GOROOT', 'lib/wasm/wasm_exec.js'];
  const source = readFileSync(join(execFileSync(command, ['env', root]).toString().trim(), path), 'utf8');
  return `export default function (globalThis, fs) { ${source}\nreturn globalThis.Go; }`;
}

// Names that only the shim knows. What the page, the core, the browser or storage knows by its name must not be here.
function ownNames() {
  const names = 'api ask config early load open record rethrow settled show tell trackers'.split(' ');
  const known = ['border.ts', 'types.ts'].map((name) => readFileSync(source(name), 'utf8')).join('\n');
  const clash = names.filter((name) => new RegExp(`^ +(readonly )?${name}[?]?[:(]`, 'm').test(known));
  if (clash.length) throw new Error(`build.mjs: not the shim's own names: ${clash.join()}`);
  return names;
}

const common = {
  bundle: true,
  minify: !debug,
  sourcemap: debug ? 'inline' : false,
  target: 'es2022',
  legalComments: 'none',
  plugins: [goLoader],
};
const source = (name) => join(here, 'src', name);
const shipped = (name) => join(dist, name);

mkdirSync(dist, { recursive: true });
await Promise.all([
  build({ ...common, entryPoints: [source('script.ts')], outfile: shipped('throughline.js'), format: 'iife' }),
  build({ ...common, entryPoints: [source('core/core.ts')], outfile: shipped('throughline.core.js'), format: 'esm' }),
  build({
    ...common,
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
// properties that stay within one file: a tenth less.
if (!debug) {
  const own = new RegExp(`^(${ownNames().join('|')})$`);
  for (const name of ['throughline.js', 'throughline.core.js', 'throughline.mjs']) {
    const path = shipped(name);
    const options = {
      ecma: 2022,
      module: name !== 'throughline.js',
      compress: { passes: 3, hoist_vars: true, unsafe_arrows: true }, // Unsafe where a function is called with new: none is.
      format: { wrap_func_args: false },
      mangle: name === 'throughline.core.js' || { properties: { regex: own, builtins: true } },
    };
    writeFileSync(path, (await minify(readFileSync(path, 'utf8'), options)).code);
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
const { devDependencies, ...manifest } = JSON.parse(readFileSync(join(here, 'package.json'), 'utf8'));
writeFileSync(shipped('package.json'), `${JSON.stringify(manifest, null, 2)}\n`);
for (const file of ['README.md', 'LICENSE']) {
  const path = join(here, '..', file);
  if (existsSync(path)) cpSync(path, shipped(file));
}

cpSync(join(here, '..', 'index.html'), shipped('index.html'));
cpSync(join(here, 'demo'), shipped('demo'), { recursive: true });
