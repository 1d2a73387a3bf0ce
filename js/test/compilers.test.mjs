// Which compiler builds the programs, and what follows from it. ./build.sh runs here in a folder of its own, with a `go` and a `tinygo` that only write
// a small module where they are told to: TinyGo is not installed where these tests run.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmodSync, cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import wabt from 'wabt';
import { compilerOf, describeProgram, requireStart } from '../programs.mjs';
import { test } from './harness/bounded-test.mjs';

const root = join(import.meta.dirname, '..', '..');
const { parseWat } = await wabt();
const moduleImporting = (from, name) =>
  parseWat(
    'program.wat',
    `(module (import "${from}" "${name}" (func)) (memory (export "memory") 1) (data (i32.const 0) "a"))`,
  ).toBinary({}).buffer;
const ofTinyGo = moduleImporting('wasi_snapshot_preview1', 'random_get');
const ofGo = moduleImporting('gojs', 'runtime.resetMemoryDataView');
// What wasm/border/seed_tinygo.go leaves of TinyGo's: it imports nothing but ours.
const startingBy = (instruction) =>
  parseWat(
    'program.wat',
    `(module (import "throughline" "random" (func)) (func (export "_initialize") ${instruction}) (func (export "open")))`,
  ).toBinary({}).buffer;
const initialised = startingBy('nop');
const trapping = startingBy('unreachable');

// What follows `-o` is the file that a command writes. `go run` is postlink, which hands its input on, or the overlay, which says nothing: then there is
// no snapshot to make.
const writesOutput = (program) => `out= in= args="$*"
while [ $# -gt 0 ]; do case "$1" in -o) out=$2 ;; -i) in=$2 ;; esac; shift; done
case "$args" in *tools/overlay*) ;; *tools/postlink*) cp "$in" "$out" ;; *) cp "${program}" "$out" ;; esac`;

const tinygo =
  ({
    says = 'tinygo version 0.39.0 linux/amd64 (using go version go1.25.0 and LLVM version 19.1.2)',
    takesGo = 'true',
    build,
  } = {}) =>
  (folder) =>
    `case "$1" in
version) echo '${says}'; exit ;;
info) ${takesGo}; exit ;;
esac
${build ?? writesOutput(join(folder, 'tinygo.wasm'))}`;

const refusesGo = "echo 'requires go version 1.19 through 1.25, got go1.26' >&2; echo usage >&2; exit 1";
const failsToBuild = "echo 'wasm-ld: no such thing' >&2; exit 1";

/** Runs ./build.sh with these arguments where this TinyGo is on the PATH, or none. */
function build(args, fake, environment = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'compilers-'));
  try {
    cpSync(join(root, 'build.sh'), join(folder, 'build.sh'));
    const write = (name, content) => {
      mkdirSync(dirname(join(folder, name)), { recursive: true });
      writeFileSync(join(folder, name), content);
    };
    write('js/node_modules/.package-lock.json', '{}'); // The packages are installed.
    write('tinygo.wasm', Buffer.from(ofTinyGo));
    write('go.wasm', Buffer.from(ofGo));
    const tool = (name, script) => {
      write(`bin/${name}`, `#!/bin/sh\necho "${name} $GOTOOLCHAIN $*" >> '${join(folder, 'ran')}'\n${script}\n`);
      chmodSync(join(folder, 'bin', name), 0o755);
    };
    // One that Go has fetched is beneath its cache of modules, where it refuses overlays.
    tool(
      'go',
      `case "$FETCHED $GOROOT $*" in
*' version') echo go; exit ;;
*' env GOROOT') echo '${folder}'; exit ;;
'yes '*' env GOMODCACHE') echo '${dirname(folder)}'; exit ;;
*' env GOMODCACHE') echo /no/modules; exit ;;
'yes  build '*) echo 'Files beneath GOMODCACHE must not be replaced' >&2; exit 1 ;;
esac
${writesOutput(join(folder, 'go.wasm'))}`,
    );
    if (fake) tool('tinygo', fake(folder));
    const { COMPILER, GOTOOLCHAIN, GOROOT, ...inherited } = process.env;
    const withoutTinyGo = process.env.PATH.split(delimiter).filter((place) => !existsSync(join(place, 'tinygo')));
    const PATH = [join(folder, 'bin'), ...withoutTinyGo].join(delimiter);
    const { status, stdout, stderr } = spawnSync('bash', [join(folder, 'build.sh'), ...args], {
      encoding: 'utf8',
      env: { ...inherited, PATH, ...environment },
      timeout: 60_000,
    });
    const compilers = {};
    for (const name of ['throughline.wasm', 'throughline.go.wasm', 'testing/people.wasm'])
      if (existsSync(join(folder, 'dist', name))) compilers[name] = compilerOf(join(folder, 'dist', name));
    const ran = existsSync(join(folder, 'ran')) ? readFileSync(join(folder, 'ran'), 'utf8').split('\n') : [];
    return { status, stdout, stderr, compilers, ran };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const bothOfTinyGo = {
  'throughline.wasm': 'TinyGo',
  'throughline.go.wasm': 'standard Go',
  'testing/people.wasm': 'TinyGo',
};
const allOfGo = { 'throughline.wasm': 'standard Go', 'testing/people.wasm': 'standard Go' };

for (const [name, { fake, environment, args = [], says }] of Object.entries({
  'no TinyGo': { says: /^go: no TinyGo is on the PATH\n$/ },
  'a release that is known': { fake: tinygo(), says: /^tinygo: TinyGo 0\.39\.0 is on the PATH\n$/ },
  'a later one': { fake: tinygo({ says: 'tinygo version 0.108.2 darwin/arm64' }), says: /^tinygo: TinyGo 0\.108\.2 / },
  'one that is too old': {
    fake: tinygo({ says: 'tinygo version 0.35.0 linux/amd64' }),
    says: /^go: .*"tinygo version 0\.35\.0 linux\/amd64", and 0\.36 or newer is needed\n$/,
  },
  'one between releases': {
    fake: tinygo({ says: 'tinygo version 0.36.0-dev-1a2b3c4d linux/amd64' }),
    says: /^tinygo: TinyGo 0\.36\.0-dev-1a2b3c4d is on the PATH\n$/,
  },
  'one between releases that are too old': {
    fake: tinygo({ says: 'tinygo version 0.35.0-dev linux/amd64' }),
    says: /^go: .*0\.35\.0-dev/,
  },
  'one of somebody’s own': {
    fake: tinygo({ says: 'tinygo version 0.41.0-mine linux/amd64' }),
    says: /^go: .*0\.41\.0-mine/,
  },
  'something else of that name': { fake: tinygo({ says: 'hello' }), says: /^go: .*"hello"/ },
  'one that refuses every Go': {
    fake: tinygo({ takesGo: refusesGo }),
    says: /^go: TinyGo 0\.39\.0 refuses: requires go version 1\.19 through 1\.25, got go1\.26\n$/,
  },
  'COMPILER=go': { fake: tinygo(), environment: { COMPILER: 'go' }, says: /^go: COMPILER=go says so\n$/ },
  'COMPILER=tinygo, of whatever release': {
    fake: tinygo({ says: 'tinygo version 0.35.0-dev linux/amd64' }),
    environment: { COMPILER: 'tinygo' },
    says: /^tinygo: COMPILER=tinygo says so\n$/,
  },
  '--debug': { fake: tinygo(), args: ['--debug'], says: /^go: --debug/ },
}))
  test(`the choice says why: ${name}`, () => {
    const { status, stdout, stderr } = build(['compiler', ...args], fake, environment);
    assert.match(stdout, says);
    assert.equal(stderr, '');
    assert.equal(status, 0);
  });

test('TinyGo builds both programs, and standard Go the page’s once more', () => {
  const { status, stderr, compilers, ran } = build(['programs'], tinygo());
  assert.deepEqual([status, stderr, compilers], [0, '', bothOfTinyGo]);
  assert.equal(ran.filter((line) => /^go .*postlink .*-strip/.test(line)).length, 2, 'what nothing reaches goes');
});

test('TinyGo builds with the Go release of the page, or else with the installed one, or else with an older one', () => {
  const builds = (takesGo, environment) =>
    build(['programs'], tinygo({ takesGo }), environment)
      .ran.map((line) => /^tinygo (\S+) build/.exec(line)?.[1])
      .filter(Boolean);
  const only = (release) => `case "$GOTOOLCHAIN" in ${release}) ;; *) ${refusesGo} ;; esac`;
  for (const environment of [{}, { COMPILER: 'tinygo' }]) {
    const pinned = builds('true', environment);
    assert.equal(pinned.length, 2);
    for (const release of pinned) assert.match(release, /^go1\.\d+\.\d+$/);
    assert.deepEqual(builds(only('local'), environment), ['local', 'local']);
    const older = builds(only('go1.24.*'), environment);
    assert.equal(older.length, 2);
    for (const release of older) assert.match(release, /^go1\.24\.\d+$/);
  }
});

test('standard Go builds both programs without TinyGo, by one release', () => {
  const { status, stderr, compilers, ran } = build(['programs']);
  assert.deepEqual([status, stderr, compilers], [0, '', allOfGo]);
  const builds = ran.filter((line) => /^go \S* build/.test(line));
  assert.equal(builds.length, 2);
  for (const line of builds) assert.match(line, /^go go1\.\d+\.\d+ build/);
});

test('standard Go builds where the release of the page is one that Go has fetched', () => {
  const { status, stderr, compilers } = build(['programs'], undefined, { FETCHED: 'yes' });
  assert.deepEqual([status, stderr, compilers], [0, '', allOfGo]);
});

for (const [name, fake, line] of [
  ['that is not known', tinygo({ says: 'tinygo version 0.30.0 linux/amd64' }), /0\.30\.0/],
  ['that refuses the installed Go', tinygo({ takesGo: refusesGo }), /got go1\.26/],
  ['that fails', tinygo({ build: failsToBuild }), /TinyGo cannot build it \(\.cache\/tinygo\.log/],
])
  test(`one line tells of a TinyGo ${name}, and standard Go builds`, () => {
    const { status, stderr, compilers } = build(['programs'], fake);
    assert.match(stderr, line);
    assert.match(stderr, /standard Go/);
    assert.equal(stderr.trim().split('\n').length, 1, stderr);
    assert.deepEqual([status, compilers], [0, allOfGo]);
  });

test('a TinyGo that builds one program and not the other builds neither', () => {
  const onlyPage = (folder) => `case "$*" in *wasm/people) exit 1 ;; esac\n${tinygo()(folder)}`;
  assert.deepEqual(build(['programs'], onlyPage).compilers, allOfGo);
});

test('COMPILER=tinygo fails where TinyGo fails or is missing, and says why', () => {
  const environment = { COMPILER: 'tinygo' };
  const failed = build(['programs'], tinygo({ build: failsToBuild }), environment);
  assert.match(failed.stderr, /wasm-ld: no such thing/);
  assert.deepEqual([failed.status, failed.compilers], [1, {}]);
  const missing = build(['programs'], undefined, environment);
  assert.match(missing.stderr, /tinygo is missing: .*0\.36/);
  assert.deepEqual([missing.status, missing.compilers], [1, {}]);
});

test('another COMPILER is a mistake', () => {
  const { status, stderr } = build(['programs'], undefined, { COMPILER: 'gcc' });
  assert.match(stderr, /COMPILER is gcc/);
  assert.notEqual(status, 0);
});

test('the package’s text on its program is read from the program, which must start', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'compilers-'));
  try {
    const path = join(folder, 'throughline.wasm');
    for (const [program, text] of [
      [ofTinyGo, /^`throughline\.wasm` is compiled by TinyGo: \d+ kB, \d+ kB with brotli\.$/],
      [initialised, /compiled by TinyGo: /],
      [ofGo, /compiled by standard Go: /],
    ]) {
      writeFileSync(path, Buffer.from(program));
      assert.match(describeProgram(path), text);
    }
    writeFileSync(path, Buffer.from(initialised));
    await requireStart(path, 'open');
    await assert.rejects(
      requireStart(path, 'claim'),
      /by TinyGo, does not start: it has no function claim\. COMPILER=go/,
    );
    writeFileSync(path, Buffer.from(trapping));
    await assert.rejects(requireStart(path, 'open'), /does not start: unreachable/);
    writeFileSync(path, Buffer.from(moduleImporting('env', 'other')));
    assert.throws(() => compilerOf(path), /no compiler that is known/);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
