// Writes what makes dist/ the npm package, besides the scripts: the manifest, declarations of types, notices. build.mjs calls it.

import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { packageLlmsText } from '../docs/site/llms.mjs';
import { compilerOf, describeProgram } from './programs.mjs';

const here = import.meta.dirname;
const root = join(here, '..');

/** Writes them into the folder of the package, in which the scripts and the folder types are. */
export function packageFiles(dist) {
  const write = (name, text) => {
    mkdirSync(dirname(join(dist, name)), { recursive: true });
    writeFileSync(join(dist, name), text);
  };
  const writeJSON = (name, value) => write(name, `${JSON.stringify(value, null, 2)}\n`);
  const { devDependencies, ...manifest } = JSON.parse(readFileSync(join(here, 'package.json'), 'utf8'));
  const program = join(dist, 'throughline.wasm');
  writeJSON('package.json', { ...manifest, throughline: { compiler: compilerOf(program) } });
  declarations(dist, write);
  keepReachableTypes(dist);
  // The declarations are those of both kinds of modules. They have no default exports, which is where the two differ.
  writeJSON('types/package.json', { type: 'commonjs' });

  // For resolvers that know no `exports`: moduleResolution node10, Parcel as it comes, webpack 4.
  for (const [name, { import: esm, require: cjs }] of Object.entries(manifest.exports)) {
    if (name === '.' || !cjs) continue;
    const up = (path) => (path.startsWith(`${name}/`) ? path.replace(name, '.') : `.${path}`);
    writeJSON(`${name}/package.json`, { main: up(cjs.default), module: up(esm.default), types: up(cjs.types) });
  }
  const readme = readFileSync(join(here, 'README.md'), 'utf8');
  write('README.md', `${readme}\n## The program in this package\n\n${describeProgram(program)}\n`);
  for (const name of ['LICENSE', 'CHANGELOG.md']) cpSync(join(root, name), join(dist, name));
  write('THIRD-PARTY-NOTICES.txt', notices(compilerOf(program)));
  write('llms.txt', packageLlmsText());
}

// The libraries by the names of their entries: where their types are, and which of them is the library's own.
const libraries = {
  throughline: ['./types/types.js', 'Throughline'],
  'throughline.inline': ['./types/types.js', 'Throughline'],
  'throughline.mixpanel': ['./types/mixpanel/types.js', 'OverridedMixpanel'],
};

function declarations(dist, write) {
  for (const [name, [types, library]] of Object.entries(libraries))
    write(
      `${name}.d.mts`,
      `import type { ${library} } from '${types}';\nexport * from '${types}';\ndeclare const library: ${library};\nexport default library;\n`,
    );
  const read = (name) => readFileSync(join(dist, 'types', name), 'utf8');
  const events = read('events.d.ts');
  const [globals] = /^declare global \{[\s\S]*?^\}\n/m.exec(events);
  const ofEvents = "import type * as events from './throughline.cjs';\n";
  write('throughline.d.cts', globals + required('Throughline', events.replace(globals, '') + read('types.d.ts')));
  write('throughline.inline.d.cts', "import library = require('./throughline.cjs');\nexport = library;\n");
  write(
    'throughline.mixpanel.d.cts',
    ofEvents + required('OverridedMixpanel', withAliases(read('mixpanel/types.d.ts'), events)),
  );
  for (const [name, types] of [
    ['testing/kit', 'testing/kit'],
    ['playwright/index', 'playwright/index'],
    ['throughline.react', 'react/index'],
  ]) {
    const up = name.includes('/') ? '../' : './';
    write(`${name}.d.mts`, `export * from '${up}types/${types}.js';\n`);
    // For require(), the library's types are those of its namespace.
    const place = (_, path) => {
      const module = join(dirname(types), path);
      return `from '${up}${{ 'types.js': 'throughline.cjs', 'events.js': 'throughline.cjs', 'mixpanel/types.js': 'throughline.mixpanel.cjs' }[module] ?? `types/${module}`}'`;
    };
    write(`${name}.d.cts`, read(`${types}.d.ts`).replace(/\bfrom '(\.[^']+)'/g, place));
  }
  // Nothing of these is for importing, but for copying beside a bundle.
  for (const name of ['core', 'worker']) write(`throughline.${name}.d.ts`, 'export {};\n');
  // The scripts export nothing. They define a global variable.
  for (const [name, global] of [
    ['throughline', 'global'],
    ['throughline.mixpanel', 'mixpanel-global'],
  ]) {
    cpSync(join(here, 'types', `${global}.d.ts`), join(dist, `${global}.d.ts`));
    write(`${name}.d.ts`, `/// <reference path="./${global}.d.ts" />\nexport {};\n`);
  }
}

// What require() returns is the library itself, so the types are members of a namespace of its name. They are written into it, because a site
// can add to an interface (module augmentation) only where that is declared.
function required(library, text) {
  const members = text
    .replace(fromElsewhere, '')
    .replaceAll('export declare ', 'export ')
    .replace(/^export \{\};\n/gm, '');
  return `declare namespace library {\n${members}}\ndeclare const library: library.${library} & { default: library.${library} };\nexport = library;\n`;
}

const fromElsewhere = /^(?:import|export) type (?:\*|\{([^}]*)\}) from '[^']+';\n/gm;

// A namespace cannot import, so types of events.d.ts become aliases of those in the namespace `events`.
function withAliases(text, events) {
  const names = new Set(
    [...text.matchAll(fromElsewhere)].flatMap(([, list]) => list.split(',').map((name) => name.trim())),
  );
  const aliases = [...names].map((name) => {
    const [, parameters = ''] = new RegExp(
      `^export (?:interface|type) ${name}(?:<([^;]*?)>)? (?:=|extends|\\{)`,
      'm',
    ).exec(events);
    const own = parameters.replace(/\b(?:Events|LastArguments|RequestOptions|Callback)\b/g, 'events.$&');
    const passed = parameters.split(/, (?=[A-Z])/).map((parameter) => parameter.split(' ')[0]);
    return `export type ${name}${own && `<${own}>`} = events.${name}${own && `<${passed.join(', ')}>`};\n`;
  });
  return aliases.join('') + text;
}

// tsc writes a declaration for every file of the library. Only those that an entry leads to belong into the package.
function keepReachableTypes(dist) {
  const reachable = new Set();
  const visit = (path) => {
    if (reachable.has(path)) return;
    reachable.add(path);
    for (const [, from] of readFileSync(path, 'utf8').matchAll(/(?:from |import\(|require\()['"](\.[^'"]+)\.js['"]/g))
      visit(resolve(dirname(path), `${from}.d.ts`));
  };
  const files = readdirSync(dist, { recursive: true }).map((name) => join(dist, name));
  const isType = (path) => path.startsWith(join(dist, 'types')) && path.endsWith('.d.ts');
  for (const path of files) if (/\.d\.[mc]?ts$/.test(path) && !isType(path)) visit(path);
  for (const path of files) if (isType(path) && !reachable.has(path)) rmSync(path);
}

/** Returns the licences of what is part of the shipped files and is not ours, where this compiler has made the programs. */
function notices(compiler) {
  const go = (...args) =>
    execFileSync('go', args, {
      cwd: root,
      encoding: 'utf8',
      env: { ...process.env, GOOS: 'js', GOARCH: 'wasm' },
    }).trim();
  const parts = [["Go's runtime and standard library, in the .wasm files", licenceIn(go('env', 'GOROOT'))]];
  if (compiler === 'TinyGo') parts.push(...tinygoParts());
  const template = '{{with .Module}}{{if not .Main}}{{.Path}} {{.Version}}\t{{.Dir}}{{end}}{{end}}';
  const modules = go('list', '-deps', '-f', template, './wasm', './wasm/people').split('\n').filter(Boolean);
  for (const [name, folder] of [...new Set(modules)].map((line) => line.split('\t')))
    parts.push([`${name}, in the .wasm files`, licenceIn(folder)]);
  const fflate = join(here, 'node_modules', 'fflate');
  const { version } = JSON.parse(readFileSync(join(fflate, 'package.json'), 'utf8'));
  parts.push([`fflate ${version}, in throughline.inline.*`, licenceIn(fflate)]);
  const texts = parts.map(([name, text]) => `${name}\n\n${text}\n`);
  return `What Throughline's files contain of others, and under which licence.\n\n${texts.join(`\n${'-'.repeat(80)}\n\n`)}`;
}

// What TinyGo links into its programs, with the licence. Its releases have not each of their texts.
function tinygoParts() {
  const folder = execFileSync('tinygo', ['env', 'TINYGOROOT'], { encoding: 'utf8' }).trim();
  return [
    ["TinyGo's runtime and standard library", '.', 'https://github.com/tinygo-org/tinygo'],
    ["LLVM's compiler-rt", 'lib/compiler-rt-builtins', 'https://github.com/llvm/llvm-project/tree/main/compiler-rt'],
    ['wasi-libc', 'lib/wasi-libc', 'https://github.com/WebAssembly/wasi-libc'],
  ].map(([name, place, address]) => [
    `${name}, in the .wasm files`,
    licenceFile(join(folder, place)) ? licenceIn(join(folder, place)) : `Its licence is at ${address}`,
  ]);
}

const licenceFile = (folder) => existsSync(folder) && readdirSync(folder).find((file) => /^licen[cs]e/i.test(file));

function licenceIn(folder) {
  const name = licenceFile(folder);
  if (!name) throw new Error(`package.mjs: no licence in ${folder}`);
  return readFileSync(join(folder, name), 'utf8').trim();
}
