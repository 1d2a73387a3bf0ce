// Every block of code in the documentation is compiled, parsed or run, so that what readers copy works. A block in a language that
// nothing here checks fails, unless a comment before it says why it is only shown (harness/snippets.mjs).

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after } from 'node:test';
import { test } from './harness/bounded-test.mjs';
import { dist } from './harness/collector.mjs';
import { useEnvironment } from './harness/environment.mjs';
import { installed, packedApp } from './harness/packed-app.mjs';
import { commandsOf } from './harness/shell-commands.mjs';
import { blocksOf, pages, root } from './harness/snippets.mjs';

const environment = useEnvironment();
const folder = mkdtempSync(join(tmpdir(), 'throughline-snippets-'));
after(() => rmSync(folder, { recursive: true, force: true }));

const blocks = pages.flatMap((page) => blocksOf(page));
const at = ({ page, line }) => `${page}:${line}`;

// Scripts: the languages that TypeScript compiles, the inline scripts of HTML, and what a diff makes of them.

const scriptEndings = { js: 'js', jsx: 'jsx', ts: 'ts', tsx: 'tsx', javascript: 'js', typescript: 'ts' };
const afterDiff = (code) => code.replace(/^-.*\n/gm, '').replace(/^[+ ] ?/gm, '');
const inlineScripts = (html) =>
  [...html.matchAll(/<script(?![^>]*(?:\ssrc=|type="(?:importmap|application\/json)"))[^>]*>(.*?)<\/script>/gs)].map(
    // What a page imports from an address has the types of the package.
    ([, code]) => code.replace(/(?<=from ')https:\/\/cdn\.example\.com\/throughline\.(\w+)\.mjs/, 'throughline/$1'),
  );

/** Returns the scripts in a block, each with the ending of a file that has it. */
function scriptsOf({ language, code }) {
  if (scriptEndings[language]) return [{ ending: scriptEndings[language], code }];
  if (language === 'diff') return [{ ending: 'js', code: afterDiff(code) }];
  if (language === 'html') return inlineScripts(code).map((script) => ({ ending: 'js', code: script }));
  return [];
}

const fixtureTypes = ['ThroughlineFixtures', 'ThroughlineWorkerFixtures'].map(
  (name) => `import('throughline/playwright').${name}`,
);

test('scripts compile with the packed types', (t) => {
  const app = packedApp('@types', 'csstype', '@playwright', 'playwright-core');
  t.after(app.remove);
  const files = { loose: [], strict: [] };
  for (const block of blocks.filter(({ shownOnly, example }) => !shownOnly && !example))
    scriptsOf(block).forEach(({ ending, code }, number) => {
      // A first line such as `// fixtures.js` names the file, which another block of the page may import.
      const [, own] = /^\/\/ ([\w./-]+)\.[jt]sx?\n/.exec(code) ?? [];
      // Declarations of what the code takes for granted are TypeScript, and so are the types that testing.md says `extend` has there.
      const text = block.with + code.replace('base.extend(', `base.extend<${fixtureTypes}>(`);
      const written = text === code ? ending : ending.replace('j', 't');
      const name = `${join(block.page.replaceAll('/', '_'), own ?? `line-${block.line}-${number}`)}.${written}`;
      mkdirSync(dirname(join(app.root, 'src', name)), { recursive: true });
      writeFileSync(join(app.root, 'src', name), `${text}\nexport {};\n`);
      files[ending.startsWith('t') ? 'strict' : 'loose'].push(name);
    });
  assert.ok(files.loose.length > 25, `${files.loose.length} scripts`);
  const compile = (names, options) => {
    const compilerOptions = {
      ...{ module: 'esnext', moduleResolution: 'bundler', target: 'es2022', lib: ['es2022', 'dom', 'dom.iterable'] },
      ...{ strict: true, allowJs: true, checkJs: true, jsx: 'react-jsx', noEmit: true, skipLibCheck: true },
      types: ['throughline/global', 'throughline/mixpanel-global', 'node'],
      ...options,
    };
    writeFileSync(join(app.root, 'src', 'tsconfig.json'), JSON.stringify({ compilerOptions, files: names }));
    const tsc = [join(installed, 'typescript', 'bin', 'tsc'), '-p', 'src', '--pretty', 'false'];
    return spawnSync(process.execPath, tsc, { cwd: app.root, encoding: 'utf8', timeout: 120_000 }).stdout;
  };
  assert.equal(compile(files.loose, { noImplicitAny: false }), ''); // A parameter of JavaScript has no type.
  if (files.strict.length) assert.equal(compile(files.strict), '');
  // The compiler does look at them.
  const wrong = 'wrong.js';
  writeFileSync(join(app.root, 'src', wrong), 'throughline.track();\nexport {};\n');
  assert.match(compile([wrong], { noImplicitAny: false }), /wrong\.js\(1,\d+\): error TS2554/);
});

// The shell.

const collectorHelp = ['', 'backup', 'restore', 'check', 'health', 'plan'].map((command) => {
  const { stdout, stderr } = spawnSync(join(dist, 'throughline-collector'), [command, '--help'].filter(Boolean), {
    encoding: 'utf8',
  });
  return [command, new Set([...`${stdout}${stderr}`.matchAll(/^ {2}-([a-z-]+)/gm)].map(([, flag]) => flag))];
});
const collectorFlags = new Map(collectorHelp);

function checkCollector([first = '', ...rest]) {
  const isCommand = collectorFlags.has(first) && first !== '';
  const flags = collectorFlags.get(isCommand ? first : '');
  assert.ok(isCommand || first === '' || first.startsWith('-'), `the collector has no command ${first}`);
  for (const word of isCommand ? rest : [first, ...rest])
    if (word.startsWith('-')) assert.ok(flags.has(word.replace(/^--?|=.*$/g, '')), `the collector has no ${word}`);
}

const buildUsage = readFileSync(join(root, 'build.sh'), 'utf8');

function checkBuild([command = '', part, ...rest]) {
  if (command === '' || command === '--debug') return;
  assert.ok(new RegExp(`^\\./build\\.sh ${command}\\b`, 'm').test(buildUsage), `build.sh has no ${command}`);
  if (command === 'serve') checkCollector([part, ...rest].filter(Boolean));
  if (command === 'test' && part) {
    assert.ok(new RegExp(`^    ${part}\\) `, 'm').test(buildUsage), `build.sh test has no ${part}`);
    for (const file of rest) assert.ok(existsSync(join(root, file)), file);
  }
  if (command === 'bench')
    for (const name of [part, ...rest].filter((word) => /^[a-z]/.test(word ?? '')))
      assert.ok(existsSync(join(root, 'js', 'bench', 'parts', `${name}.mjs`)), `there is no part ${name}`);
}

const npmHelp = new Map();

function checkNpm([command, ...words]) {
  if (!npmHelp.has(command))
    npmHelp.set(command, spawnSync('npm', [command, '-h'], { encoding: 'utf8', cwd: folder }).stdout);
  assert.match(npmHelp.get(command), new RegExp(`npm ${command}`), `npm has no ${command}`);
  for (const word of words.filter((text) => text.startsWith('-')))
    assert.ok(npmHelp.get(command).includes(word.replace(/=.*/, '')), `npm ${command} has no ${word}`);
}

const packageBins = Object.keys(JSON.parse(readFileSync(join(root, 'js', 'package.json'), 'utf8')).bin ?? {});

const programs = {
  './build.sh': checkBuild,
  npm: checkNpm,
  'throughline-collector': checkCollector,
  npx: ([name]) => assert.ok(packageBins.includes(name) || existsSync(join(installed, '.bin', name)), name),
  node: (words) => {
    for (const word of words.filter((text) => text.endsWith('.mjs'))) assert.ok(existsSync(join(root, word)), word);
  },
  go: ([command, ...words]) => {
    assert.ok(['build', 'run', 'test', 'get', 'doc', 'vet'].includes(command), command);
    for (const word of words.filter((text) => text.startsWith('./'))) assert.ok(existsSync(join(root, word)), word);
  },
};
// Programs of others. That their lines are right, these tests cannot know; those of curl are sent to a collector.
const others = new Set(
  'apt-get cat cd chmod cp createdb curl date docker echo find git head install mv openssl rm scp sqlite3 systemctl tee'.split(
    ' ',
  ),
);

function checkShell({ code }) {
  const { status, stderr } = spawnSync('bash', ['-n'], { input: code, encoding: 'utf8' });
  assert.equal(status, 0, stderr);
  for (const [program, ...words] of commandsOf(code)) {
    const check = programs[program] ?? programs[program.split('/').pop()];
    if (check) check(words);
    else assert.ok(others.has(program), `nothing is known of ${program}: add it to others in this test`);
  }
}

/** Sends what a line of curl would send to the collector of this test. */
async function checkCurl(words) {
  const request = { method: 'GET', headers: {} };
  let address;
  for (let i = 0; i < words.length; i++) {
    const word = words[i];
    if (word === '-X') request.method = words[++i];
    else if (word === '-H') {
      const [name, value] = words[++i].split(/: */);
      request.headers[name] = value;
    } else if (word === '-d') {
      request.body = words[++i];
      if (request.method === 'GET') request.method = 'POST';
    } else if (word === '-f') request.failing = true;
    else {
      assert.doesNotMatch(word, /^-/, `this test does not know ${word} of curl`);
      address = word;
    }
  }
  const { pathname, search, host } = new URL(address);
  if (!/^(127\.0\.0\.1:8080|collector\.example\.com)$/.test(host)) return;
  const answer = await fetch(environment.collector.url + pathname + search, request);
  assert.ok(answer.ok, `${request.method} ${pathname}: ${answer.status} ${await answer.text()}`);
}

// The other languages.

const ofSite = createRequire(join(root, 'docs', 'site', 'package.json')); // ./build.sh docs installs its packages.
const parseYAML = (text) => ofSite('yaml').parse(text);

/** Runs a program of the operating system on a configuration, if it is installed. */
function checkConfiguration(t, program, file, args, text) {
  if (spawnSync('which', [program]).status !== 0) return t.skip(`${program} is not installed`);
  const path = join(folder, file);
  writeFileSync(path, text);
  const { status, stderr } = spawnSync(program, args(path), {
    encoding: 'utf8',
    env: { ...process.env, HOME: folder, XDG_DATA_HOME: folder, XDG_CONFIG_HOME: folder },
  });
  assert.equal(status, 0, stderr);
}

/** Returns a configuration of nginx without its certificates, which are not there, and without ports that need a privilege. */
const nginxOf = (code) =>
  `pid ${folder}/nginx.pid; error_log stderr; events {} http { access_log off; ${code
    .replace(/^\s*ssl_certificate(_key)? .*;$/gm, '')
    .replace(/listen 443 ssl;/, 'listen 127.0.0.1:8443;')} }`;

const voids = 'area base br col embed hr img input link meta source track wbr'.split(' ');

/** Every element that a piece of HTML opens it also closes, and JSON in it parses. */
function checkHTML({ code }) {
  const open = [];
  const text = code
    .replace(/<!--.*?-->/gs, '')
    .replace(/(<script[^>]*>)(.*?)(<\/script>)/gs, (_, start, inner, end) => {
      if (/type="(importmap|application\/json)"/.test(start)) JSON.parse(inner);
      return start + end;
    });
  for (const [, closing, name, rest] of text.matchAll(/<(\/?)([a-z][\w-]*)((?:"[^"]*"|'[^']*'|[^>"'])*)>/gi)) {
    if (closing) assert.equal(open.pop(), name, `</${name}>`);
    else if (!voids.includes(name) && !rest.endsWith('/')) open.push(name);
  }
  assert.deepEqual(open, []);
}

const checks = {
  sh: (block) => checkShell(block),
  cron: ({ code }) => {
    const [, command] = /^(?:[\d*,/-]+ ){5}\w+ (.+)$/.exec(code.trim()) ?? [];
    assert.ok(command, 'five times, a user and a command');
    checkShell({ code: command.replaceAll('\\%', '%') });
  },
  json: ({ code }) => JSON.parse(code),
  yaml: ({ code }) => assert.equal(typeof parseYAML(code), 'object'),
  html: checkHTML,
  http: ({ code }) => {
    for (const line of code.trim().split('\n')) assert.match(line, /^[A-Z][\w-]*: \S/);
  },
  nginx: ({ code }, t) =>
    checkConfiguration(t, 'nginx', 'nginx.conf', (path) => ['-t', '-q', '-c', path], nginxOf(code)),
  caddyfile: ({ code }, t) =>
    checkConfiguration(t, 'caddy', 'Caddyfile', (path) => ['adapt', '--config', path, '--adapter', 'caddyfile'], code),
  // Go runs it, for Node 20 has no SQLite.
  sql: ({ page }) => {
    const run = readFileSync(join(root, 'collector', 'sqlite', 'documented_sql_test.go'), 'utf8');
    assert.ok(run.includes(`"../../${page}"`), 'documented_sql_test.go does not run it');
  },
};

for (const block of blocks)
  test(`${at(block)}: ${block.language || 'a block without a language'}`, async (t) => {
    if (block.shownOnly) return;
    if (block.example) return assert.ok(readFileSync(join(root, block.example), 'utf8').includes(block.code));
    const check = checks[block.language];
    assert.ok(
      check || scriptsOf(block).length,
      'no check for this language: add one, or say before the block why it is only shown',
    );
    await check?.(block, t);
    if (block.language === 'diff') assert.doesNotMatch(block.code, /^[^-+ \n]/m, 'lines begin with -, + or a space');
  });

test('the pages that HTML makes run, with the library of the build', async () => {
  const device = await environment.device();
  const { url: collector } = environment.collector;
  const ran = [];
  for (const block of blocks.filter(
    ({ language, example, shownOnly }) => language === 'html' && !example && !shownOnly,
  )) {
    const html = block.code
      .replaceAll(/https:\/\/collector\.example\.com|http:\/\/127\.0\.0\.1:8080/g, collector)
      .replaceAll('https://cdn.example.com', collector)
      .replaceAll(/sha384-HASH-OF-([\w.]+\w)/g, (_, file) => {
        const hash = createHash('sha384').update(readFileSync(join(dist, file)));
        return `sha384-${hash.digest('base64')}`;
      })
      .replaceAll('src="/throughline', 'src="/lib/throughline');
    const visitor = await device.newVisitor();
    const page = await visitor.open(environment.site.page(`/snippet-${block.line}.html`, html));
    if (/throughline\.init/.test(html) && !/^ *import /m.test(html))
      assert.equal(await page.evaluate(() => throughline.ready), true, at(block));
    assert.deepEqual([device.problems, page.warnings], [[], []], at(block));
    ran.push(block);
    await visitor.close();
  }
  assert.ok(ran.length >= 5, `${ran.length} pages`);
});

// What they answer depends on what was sent before, so they go in the order of the page.
for (const page of pages)
  test(`${page}: what curl asks for is answered`, async () => {
    const shell = blocksOf(page).filter(({ language, shownOnly }) => language === 'sh' && !shownOnly);
    for (const { code } of shell)
      for (const [program, ...words] of commandsOf(code)) if (program === 'curl') await checkCurl(words);
  });

// Commands within a sentence.
for (const page of pages)
  test(`${page}: the commands in its text exist`, () => {
    const text = readFileSync(join(root, page), 'utf8').replace(/^```.*?^```/gms, '');
    for (const [, span] of text.matchAll(/`([^`\n]+)`/g)) {
      if (/(^|[ /])(build\.sh|throughline-collector) [a-z-]/.test(span))
        for (const [program, ...words] of commandsOf(span))
          programs[program.replace(/^.*\//, (path) => (path === './' ? path : ''))]?.(
            words.filter((word) => !/^[A-Z]+$|^\[|\.\.\.$/.test(word)),
          );
    }
  });

test('blocks are found with their marks, and a mark that means nothing is refused', () => {
  const text =
    'Text\n\n<!-- snippet: with:\nlet a;\n-->\n<!-- snippet: shown only: of old -->\n```js\na\n```\n\n- item\n\n  ~~~sh\n  b\n  ~~~\n';
  assert.deepEqual(blocksOf('p', text), [
    { page: 'p', line: 7, language: 'js', code: 'a\n', with: 'let a;\n', shownOnly: 'of old' },
    { page: 'p', line: 13, language: 'sh', code: 'b\n', with: '' },
  ]);
  assert.throws(() => blocksOf('p', '<!-- snippet: skip -->\n```js\n```\n'), /this mark means nothing: snippet: skip/);
  assert.throws(() => blocksOf('p', '```js\n'), /p:1: a block of code that does not end/);
});

test('commands are found in pipes, quotes and substitutions, and wrong ones are noticed', () => {
  const code = `A=1 one "two three" > /dev/null && four -x 'fi ve' # six\nB=$(seven eight) nine "$(ten a)" \\\n  b | eleven >out 2>&1`;
  assert.deepEqual(commandsOf(code), [
    ['one', 'two three'],
    ['four', '-x', 'fi ve'],
    ['seven', 'eight'],
    ['ten', 'a'],
    ['nine', '$(ten a)', 'b'],
    ['eleven'],
  ]);
  for (const wrong of [
    'dist/throughline-collector --port 80',
    'throughline-collector backup x --tokens a',
    'throughline-collector prune',
    './build.sh publish',
    './build.sh serve --port 80',
    './build.sh test everything',
    './build.sh bench nothing',
    'npm frobnicate throughline',
    'npm install --save-exactly throughline',
    'npx throughline-server',
    'throughlined',
    'if true; then',
    'node js/missing.mjs',
    'go test ./missing',
  ])
    assert.throws(() => checkShell({ code: wrong }), undefined, wrong);
});
