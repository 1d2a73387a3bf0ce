// The toolchains that run.mjs tries. Each entry says which packages an app of it needs, which files and commands, and what to copy where
// its bundler does not bring the library's files along.
//
// build: the command; `out` is the folder that it writes and that is served. dev: the command of the dev server, with PORT in place of its
// port. `static` are files put beside what was built. `copy` is the folder within `out` that throughline.wasm and throughline.worker.js are
// copied to, if the app does not work without. note: a word on the row in the table.

const page = (script) => `<!doctype html><meta charset="utf-8"><title>App</title>${script}`;
const moduleScript = '<script type="module" src="/src/main.js"></script>';

/** The app. If it is evaluated in a worker, it tells the page. */
export const app = (entry = 'throughline', options = '') => `import throughline from '${entry}';

if (typeof WorkerGlobalScope === 'function') new BroadcastChannel('app').postMessage('evaluated in a worker');
if (typeof document === 'object') {
  const ask = new URLSearchParams(location.search);
  throughline.init(ask.get('token'), { api_host: ask.get('collector')${options} });
  throughline.track('Built');
  window.throughline = throughline;
}
`;

const vite = (version) => ({
  packages: [`vite@${version}`],
  files: { 'index.html': page(moduleScript), 'src/main.js': app() },
  build: 'vite build',
  out: 'dist',
  dev: 'vite --host 127.0.0.1 --port PORT',
});

const esbuild = (options, script, more = {}) => ({
  packages: ['esbuild@0.28.2'],
  files: { 'src/main.js': app(more.entry, more.options) },
  build: `esbuild src/main.js --bundle --minify ${options} --outdir=dist/assets --log-level=error`,
  out: 'dist',
  static: { 'index.html': page(script) },
  copy: 'assets',
  ...more,
});
const assetModule = '<script type="module" src="/assets/main.js"></script>';
const assetScript = '<script src="/assets/main.js"></script>';

const rollup = (format, script, more = {}) => ({
  packages: ['rollup@4.68.8', '@rollup/plugin-node-resolve@16.0.3'],
  files: {
    'src/main.js': app(more.entry),
    'rollup.config.mjs': `import resolve from '@rollup/plugin-node-resolve';
export default {
  input: 'src/main.js',
  plugins: [resolve()],
  output: { dir: 'dist/assets', format: '${format}'${format === 'iife' ? ', inlineDynamicImports: true' : ''} },
};`,
  },
  build: 'rollup --config --silent',
  out: 'dist',
  static: { 'index.html': page(script) },
  copy: 'assets',
  ...more,
});

const webpackConfig = `module.exports = {
  mode: 'production',
  entry: './src/main.js',
  output: { filename: 'main.js', publicPath: '/' },
  devServer: { static: 'public', host: '127.0.0.1' },
};`;

const next = (flag) => ({
  packages: ['next@16.4.6', 'react@19.2.0', 'react-dom@19.2.0'],
  files: {
    'next.config.mjs': "export default { output: 'export', devIndicators: false };",
    'app/layout.js': `export default function Layout({ children }) {
  return <html lang="en"><body>{children}</body></html>;
}`,
    'app/page.js': "import Tracker from './tracker';\nexport default function Page() { return <Tracker />; }",
    'app/tracker.js': `'use client';\n${app()}\nexport default function Tracker() { return <p>App</p>; }`,
  },
  build: `next build ${flag}`,
  out: 'out',
  dev: `next dev ${flag} --hostname 127.0.0.1 --port PORT`,
});

// With `configured`, as docs/toolchains.md tells.
const angular = (configured) => ({
  packages: [
    ...['build', 'cli'].map((name) => `@angular/${name}@21.2.27`),
    ...['common', 'compiler', 'compiler-cli', 'core', 'platform-browser'].map((name) => `@angular/${name}@21`),
    'rxjs@7.8.2',
    'tslib@2.8.1',
    'typescript@5.9.3',
  ],
  files: {
    'angular.json': JSON.stringify({
      version: 1,
      cli: { analytics: false },
      projects: {
        app: {
          projectType: 'application',
          root: '',
          sourceRoot: 'src',
          architect: {
            build: {
              builder: '@angular/build:application',
              options: {
                browser: 'src/main.ts',
                index: 'src/index.html',
                tsConfig: 'tsconfig.json',
                outputPath: 'dist',
                assets: configured
                  ? [{ glob: 'throughline.{wasm,worker.js}', input: 'node_modules/throughline', output: '/' }]
                  : [],
              },
            },
            serve: {
              builder: '@angular/build:dev-server',
              options: {
                buildTarget: 'app:build',
                host: '127.0.0.1',
                liveReload: false,
                hmr: false,
                prebundle: configured ? { exclude: ['throughline'] } : undefined,
              },
            },
          },
        },
      },
    }),
    'tsconfig.json': JSON.stringify({
      compilerOptions: {
        target: 'ES2022',
        module: 'preserve',
        allowJs: true,
        moduleResolution: 'bundler',
        strict: true,
        lib: ['ES2022', 'DOM'],
      },
      files: ['src/main.ts'],
    }),
    'src/index.html': page('<base href="/"><app-root></app-root>'),
    'src/main.ts': `import { Component, provideZonelessChangeDetection } from '@angular/core';
import { bootstrapApplication } from '@angular/platform-browser';
import './app.js';
@Component({ selector: 'app-root', template: '<p>App</p>' })
class App {}
bootstrapApplication(App, { providers: [provideZonelessChangeDetection()] });
`,
    'src/app.js': app(),
  },
  build: 'ng build',
  out: 'dist/browser',
  dev: 'ng serve --port PORT',
  copy: configured ? undefined : '',
});

/** All toolchains, by the names that the table has. */
export const toolchains = {
  'Vite 5': vite('5.4.21'),
  'Vite 6': vite('6.4.6'),
  'Vite 7': vite('7.3.8'),
  'Vite 8': vite('8.3.8'),
  'webpack 5': {
    packages: ['webpack@5.113.0', 'webpack-cli', 'webpack-dev-server'],
    files: {
      'src/main.js': app(),
      'webpack.config.cjs': webpackConfig,
      'public/index.html': page('<script src="/main.js"></script>'),
    },
    build: 'webpack --config webpack.config.cjs',
    out: 'dist',
    static: { 'index.html': page('<script src="/main.js"></script>') },
    dev: 'webpack serve --config webpack.config.cjs --mode development --port PORT',
  },
  'Rspack 2': {
    packages: ['@rspack/core@2.3.3', '@rspack/cli@2.2.8', '@rspack/dev-server@2.2.2'],
    files: {
      'src/main.js': app(),
      'rspack.config.cjs': webpackConfig,
      'public/index.html': page('<script src="/main.js"></script>'),
    },
    build: 'rspack build --config rspack.config.cjs',
    out: 'dist',
    static: { 'index.html': page('<script src="/main.js"></script>') },
    dev: 'rspack dev --config rspack.config.cjs --mode development --port PORT',
  },
  'Parcel 2': {
    packages: ['parcel@2.16.4'],
    files: { 'src/index.html': page('<script type="module" src="./main.js"></script>'), 'src/main.js': app() },
    build: 'parcel build src/index.html --dist-dir dist --no-autoinstall',
    out: 'dist',
    dev: 'parcel src/index.html --host 127.0.0.1 --port PORT --dist-dir dev --no-autoinstall --no-hmr',
  },
  'Next.js 16 (Turbopack)': next(''),
  'Next.js 16 (webpack)': next('--webpack'),
  'Angular 21': angular(false),
  'Angular 21, with `assets` and `prebundle`': angular(true),
  'Astro 5': {
    packages: ['astro@5'],
    files: {
      'astro.config.mjs': 'export default { devToolbar: { enabled: false } };',
      'src/pages/index.astro': page(`<script>${app()}</script>`),
    },
    build: 'astro build',
    out: 'dist',
    dev: 'astro dev --host 127.0.0.1 --port PORT',
  },
  'Rollup 4': rollup('es', assetModule),
  'Rollup 4, IIFE': rollup('iife', assetScript),
  'Rollup 4, IIFE, throughline/inline': rollup('iife', assetScript, { entry: 'throughline/inline', copy: undefined }),
  'esbuild, ESM with splitting': esbuild('--format=esm --splitting', assetModule),
  'esbuild, ESM in one file': esbuild('--format=esm', assetModule),
  'esbuild, IIFE': esbuild('--format=iife', assetScript, { copy: undefined }),
  'esbuild, IIFE, with wasm_url': esbuild('--format=iife', assetScript, {
    options: ", wasm_url: '/assets/throughline.wasm'",
  }),
  'esbuild, IIFE, throughline/inline': esbuild('--format=iife', assetScript, {
    entry: 'throughline/inline',
    copy: undefined,
  }),
};
