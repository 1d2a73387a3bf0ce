// Builds an app with each toolchain (or those whose names contain an argument), opens it in Chromium, and prints what came of it as a
// table. `--write` puts the rows into docs/toolchains.md. Installs what the toolchains need below .cache/toolchains.

import { execFileSync, spawn } from 'node:child_process';
import {
  cpSync,
  createReadStream,
  existsSync,
  mkdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:http';
import { dirname, extname, join } from 'node:path';
import { openDevice } from '../harness/browser.mjs';
import { dist, freePort, startCollector, until } from '../harness/collector.mjs';
import { toolchains } from './toolchains.mjs';

const root = join(import.meta.dirname, '..', '..', '..');
const cache = join(root, '.cache', 'toolchains');
const [names, flags] = [false, true].map((isFlag) =>
  process.argv.slice(2).filter((arg) => arg.startsWith('--') === isFlag),
);
const commandTimeout = 300_000;

const types = {
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.mjs': 'text/javascript',
  '.wasm': 'application/wasm',
};

/** Serves a folder as hosts of single-page apps do: what does not exist is answered with the app's page. */
async function serve(folder) {
  const server = createServer((request, response) => {
    const path = join(folder, decodeURIComponent(new URL(request.url, 'http://site').pathname));
    const file = existsSync(path) && statSync(path).isFile() ? path : join(folder, 'index.html');
    if (!existsSync(file)) return response.writeHead(404).end();
    response.setHeader('Content-Type', types[extname(file)] ?? 'application/octet-stream');
    createReadStream(file).pipe(response);
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${server.address().port}/`,
    stop: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

/** Starts a dev server, in a process group of its own so that `stop` ends all of it. */
async function develop(folder, command) {
  const port = await freePort();
  const child = spawn('npx', ['--no-install', ...command.replace('PORT', port).split(' ')], {
    cwd: folder,
    env: environment,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let log = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (data) => (log += data));
  const stop = () => {
    try {
      process.kill(-child.pid, 'SIGKILL');
    } catch (error) {
      if (error.code !== 'ESRCH') throw error; // It has ended by itself.
    }
  };
  const url = `http://127.0.0.1:${port}/`;
  try {
    await until(
      async () => (await fetch(url).catch(() => undefined))?.ok,
      `${command} answers`,
      () => log,
      120,
    );
  } catch (error) {
    stop();
    throw error;
  }
  return { url, stop };
}

const environment = {
  ...process.env,
  CI: '1',
  NEXT_TELEMETRY_DISABLED: '1',
  ASTRO_TELEMETRY_DISABLED: '1',
  NG_CLI_ANALYTICS: 'false',
};

// Runs in the page before anything else.
function watch() {
  window.compiled = 0;
  window.ownWorkers = 0;
  for (const way of ['compile', 'compileStreaming']) {
    const original = WebAssembly[way];
    WebAssembly[way] = (...args) => {
      window.compiled++;
      return original.apply(WebAssembly, args);
    };
  }
  new BroadcastChannel('app').onmessage = () => window.ownWorkers++;
}

/** Opens the app. Returns whether its event arrived, where the program was compiled, and else what the console said. */
async function visit(url, { collector, device, token }) {
  const { open, close } = await device.newVisitor(watch);
  try {
    const page = await open(`${url}?token=${token}&collector=${collector.url}`);
    // Dev servers reload a page whose dependencies they have just bundled.
    await until(
      () => page.evaluate(() => !!window.throughline).catch(() => false),
      'the app runs',
      () => page.warnings.join(),
      60,
    );
    const works = await Promise.race([
      page.evaluate(() => window.throughline.ready),
      page
        .waitForEvent('console', { predicate: (message) => /core_failed/.test(message.text()), timeout: 60_000 })
        .then(() => false),
    ]);
    await page.waitForTimeout(300);
    const { compiled, ownWorkers } = await page.evaluate(() => ({ compiled, ownWorkers }));
    if (ownWorkers) return { works: false, said: "a worker evaluated the app's own code" };
    if (!works) return { works, said: page.warnings.find((text) => /core_failed/.test(text)) };
    const [event] = await collector.stored(token, 1);
    if (event.event !== 'Built') throw new Error(`stored was ${event.event}`);
    return { works, inWorker: compiled === 0 };
  } finally {
    await close();
  }
}

function install(name, { packages, files }, tarball) {
  const folder = join(cache, name.replace(/\W+/g, '-').toLowerCase());
  const manifest = join(folder, 'package.json');
  const wanted = JSON.stringify(packages);
  mkdirSync(folder, { recursive: true });
  const npm = (...args) =>
    execFileSync('npm', [...args, '--no-audit', '--no-fund', '--loglevel=error'], {
      cwd: folder,
      stdio: 'pipe',
      timeout: commandTimeout,
    });
  if (!existsSync(manifest) || JSON.parse(readFileSync(manifest, 'utf8')).wanted !== wanted) {
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder, { recursive: true });
    writeFileSync(manifest, '{ "private": true }');
    npm('install', ...packages);
    writeFileSync(manifest, JSON.stringify({ ...JSON.parse(readFileSync(manifest, 'utf8')), wanted }));
  }
  const library = join(folder, 'node_modules', 'throughline');
  rmSync(library, { recursive: true, force: true });
  mkdirSync(library);
  execFileSync('tar', ['-xzf', tarball, '-C', library, '--strip-components=1']);
  for (const left of [
    'dist',
    'out',
    'dev',
    '.next',
    '.parcel-cache',
    '.angular',
    '.astro',
    'node_modules/.vite',
    'node_modules/.cache',
  ])
    rmSync(join(folder, left), { recursive: true, force: true });
  for (const [path, text] of Object.entries(files)) put(join(folder, path), text);
  return folder;
}

function put(path, text) {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
}

async function attempt(action) {
  try {
    return await action();
  } catch (error) {
    return {
      works: false,
      said: `${error.stderr?.toString() ?? ''}${error.stdout?.toString() ?? ''}${error.message}`.slice(-600),
    };
  }
}

async function tryToolchain(name, toolchain, context, tarball) {
  const folder = install(name, toolchain, tarball);
  const out = join(folder, toolchain.out);
  const tryBuilt = async (token) => {
    const site = await serve(out);
    try {
      return await visit(site.url, { ...context, token });
    } finally {
      site.stop();
    }
  };
  const key = name.replace(/\W+/g, '-');
  const built = await attempt(async () => {
    execFileSync('npx', ['--no-install', ...toolchain.build.split(' ')], {
      cwd: folder,
      env: environment,
      stdio: 'pipe',
      timeout: commandTimeout,
    });
    for (const [path, text] of Object.entries(toolchain.static ?? {})) put(join(out, path), text);
    return tryBuilt(`${key}-build`);
  });
  let copied;
  if (!built.works && toolchain.copy !== undefined)
    copied = await attempt(() => {
      for (const file of ['throughline.wasm', 'throughline.worker.js'])
        cpSync(join(dist, file), join(out, toolchain.copy, file));
      return tryBuilt(`${key}-copied`);
    });
  const developed =
    toolchain.dev &&
    (await attempt(async () => {
      const server = await develop(folder, toolchain.dev);
      try {
        return await visit(server.url, { ...context, token: `${key}-dev` });
      } finally {
        server.stop();
      }
    }));
  return { built, copied, developed };
}

const place = ({ works, inWorker }) =>
  works ? (inWorker ? 'works, in a worker' : 'works, in the page') : 'does not work';

const tarball = join(cache, 'throughline.tgz');
mkdirSync(cache, { recursive: true });
const packed = JSON.parse(
  execFileSync('npm', ['pack', dist, '--json', '--pack-destination', cache], { encoding: 'utf8' }),
);
cpSync(join(cache, Object.values(packed)[0].filename), tarball);

const context = { collector: await startCollector(), device: await openDevice() };
const rows = [];
try {
  for (const [name, toolchain] of Object.entries(toolchains)) {
    if (names.length && !names.some((part) => name.toLowerCase().includes(part.toLowerCase()))) continue;
    const started = Date.now();
    const result = await attempt(() => tryToolchain(name, toolchain, context, tarball));
    const { built = result, copied, developed } = result;
    const cells = [name, place(built), copied ? place(copied) : '', developed ? place(developed) : ''];
    rows.push(`| ${cells.join(' | ')} |`);
    console.log(rows.at(-1), `${Math.round((Date.now() - started) / 1000)} s`);
    for (const { said } of [built, copied, developed].filter((outcome) => outcome?.said)) console.log(`    ${said}`);
  }
} finally {
  await context.device.close();
  await context.collector.stop();
}
const tableOf = (lines) =>
  ['| toolchain | built app | with the two files copied | dev server |', '| --- | --- | --- | --- |', ...lines].join(
    '\n',
  );
console.log(`\n${tableOf(rows)}`);
if (flags.includes('--write')) {
  const path = join(root, 'docs', 'toolchains.md');
  const marked = /(<!-- table[^\n]*-->\n)([\s\S]*?)(<!-- \/table -->)/;
  // A toolchain that was not tried this time keeps its row.
  const merge = (_, start, old, end) => {
    const row = (name) => [...rows, ...old.split('\n')].find((line) => line.startsWith(`| ${name} |`)) ?? [];
    return `${start}${tableOf(Object.keys(toolchains).flatMap(row))}\n${end}`;
  };
  writeFileSync(path, readFileSync(path, 'utf8').replace(marked, merge));
}
