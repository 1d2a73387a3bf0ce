// What docs/content-security-policy.md says of policies, nonces and integrity: with the policies that it shows the library works without a
// violation, and a file that was changed does not run where it says so.

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after } from 'node:test';
import { test } from './harness/bounded-test.mjs';
import { dist, until } from './harness/collector.mjs';
import { useEnvironment } from './harness/environment.mjs';
import { before } from './harness/ordered-hooks.mjs';
import { startSite } from './harness/site.mjs';

const environment = useEnvironment({
  folders: { changed: dist },
  answers: {
    '/changed/throughline.js': changed('throughline.js'),
    '/changed/throughline.core.js': changed('throughline.core.js'),
  },
});
let cdn;
before(async () => {
  const open = { 'Access-Control-Allow-Origin': '*' };
  const files = [
    'throughline.js',
    'throughline.core.js',
    'throughline.worker.js',
    'throughline.wasm',
    'throughline.inline.mjs',
  ];
  cdn = await startSite({
    answers: {
      ...Object.fromEntries(files.map((file) => [`/lib/${file}`, open])),
      '/changed/throughline.core.js': changed('throughline.core.js'),
      '/changed/throughline.js': open,
      '/changed/throughline.inline.mjs': changed('throughline.inline.mjs'),
      '/changed/throughline.wasm': open,
    },
    folders: { changed: dist },
  });
});
after(() => cdn?.stop());

const contents = (file) => readFileSync(join(dist, file));
const integrity = (file) => `sha384-${createHash('sha384').update(contents(file)).digest('base64')}`;

/** Answers with a file of the library to which somebody has added a line. */
function changed(file) {
  return (_request, response) =>
    response
      .writeHead(200, { 'Content-Type': 'text/javascript', 'Access-Control-Allow-Origin': '*' })
      .end(`globalThis.changedFileRan = true;\n${contents(file)}`);
}

let device;
before(async () => {
  device = await environment.device();
});
let pages = 0;

/** Opens a page with a policy, by a new visitor. In the policy and the head, COLLECTOR and CDN stand for their origins. */
async function open({ policy, head, headers = {} }) {
  const { collector, site } = environment;
  const fill = (text) => text.replaceAll('COLLECTOR', collector.url).replaceAll('CDN', cdn.url);
  const token = environment.token();
  const visitor = await device.newVisitor();
  const watch = `<script nonce="r4nd0m">
    window.violations = [];
    addEventListener('securitypolicyviolation', (event) => violations.push(event.effectiveDirective + ' ' + event.blockedURI));
    new ReportingObserver((reports) => violations.push(...reports.map(({ type, body }) => type + ' ' + body.blockedURL)), {
      types: ['integrity-violation'],
      buffered: true,
    }).observe();
    window.compiled = 0;
    for (const way of ['compile', 'compileStreaming']) {
      const original = WebAssembly[way];
      WebAssembly[way] = (...args) => (compiled++, original.apply(WebAssembly, args));
    }
  </script>`;
  const url = site.page(`/policy-${++pages}.html`, watch + fill(head), {
    'Content-Security-Policy': fill(policy),
    ...headers,
  });
  const page = await visitor.open(url);
  return {
    page,
    token,
    violations: () => page.evaluate(() => window.violations),
    changedFileRan: () => page.evaluate(() => window.changedFileRan === true),
    /** Tracks an event. Returns whether the rules run, and how many programs the page's own thread has compiled. */
    track: (config = {}) =>
      page.evaluate(
        async ([token, config]) => {
          throughline.init(token, config);
          throughline.track('Item Viewed');
          const ready = await throughline.ready;
          await throughline.flush();
          return { ready, compiled };
        },
        [token, { api_host: collector.url, ...config }],
      ),
  };
}

const documentation = readFileSync(join(import.meta.dirname, '..', '..', 'docs', 'content-security-policy.md'), 'utf8');

/**
 * Returns the last block of code in a language, and with a text in it, under a heading of the documentation. It has the origins and hashes
 * of these tests.
 */
function documented(heading, language, text = '') {
  const [, section] = documentation.split(`\n## ${heading}\n`);
  const blocks = [...section.split('\n## ')[0].matchAll(/^```(\w+)\n(.*?)^```/gms)].filter(
    ([, name, code]) => name === language && code.includes(text),
  );
  return blocks
    .at(-1)[2]
    .replaceAll('https://collector.example.com', 'COLLECTOR')
    .replaceAll('https://cdn.example.com', 'CDN')
    .replaceAll(/sha384-HASH-OF-([\w.]+\w)/g, (_, file) => integrity(file));
}

/** Returns a documented policy, which also allows the script that watches what is refused. */
function policyOf(heading) {
  const [, policy] = /^Content-Security-Policy: (.*)$/m.exec(documented(heading, 'http'));
  return policy.includes(nonce) ? policy : policy.replace('script-src ', `script-src ${nonce} `);
}

const nonce = "'nonce-r4nd0m'";
const tag = '<script src="/lib/throughline.js"></script>';
const tagWithNonce = '<script nonce="r4nd0m" src="/lib/throughline.js"></script>';
const pinnedTag = `<script src="/lib/throughline.js" integrity="${integrity('throughline.js')}"></script>`;
const oneOrigin = policyOf('Files of your own origin');
const byNonce = policyOf('With a nonce');
const byHost = policyOf('Files of another origin');
const byHash = policyOf('Pinning by integrity');

for (const [name, policy, head, compiled] of [
  ['for files of the same origin', oneOrigin, tag, 0],
  ['with a nonce', byNonce, tagWithNonce, 0],
  ["with a nonce and 'strict-dynamic'", byNonce.replace(nonce, `${nonce} 'strict-dynamic'`), tagWithNonce, 0],
  ['without a worker', oneOrigin.replace("worker-src 'self'", "worker-src 'none'"), tag, 1],
  ['for files of another origin', byHost, '<script src="CDN/lib/throughline.js"></script>', 1],
  ['with integrity in the tag', oneOrigin, pinnedTag, 0],
])
  test(`the policy ${name} is enough`, async () => {
    const { token, track, violations } = await open({ policy, head });
    assert.deepEqual(await track(), { ready: true, compiled });
    const [event] = await environment.collector.stored(token, 1);
    assert.equal(event.event, 'Item Viewed');
    const refused = await violations();
    assert.ok(
      refused.every((text) => compiled && text.startsWith('worker-src')),
      refused.join(),
    );
    assert.deepEqual(device.problems, []);
  });

test('a script that was changed does not run where the tag has its integrity', async () => {
  const { changedFileRan, page } = await open({
    policy: oneOrigin,
    head: pinnedTag.replace('/lib/', '/changed/'),
  });
  assert.equal(await page.evaluate(() => typeof throughline), 'undefined');
  assert.equal(await changedFileRan(), false);
});

const pinned = (folder) => documented('Pinning by integrity', 'html').replaceAll('CDN/', `CDN/${folder}/`);
const integrityPolicy = { 'Integrity-Policy': 'blocked-destinations=(script)' };

for (const [name, policy, headers] of [
  ['hashes in the policy', byHash, {}],
  ['Integrity-Policy', byHost, integrityPolicy],
])
  test(`an import map and ${name} pin the core`, async () => {
    // The watching script of these tests has no integrity, but is inline, to which Integrity-Policy does not apply.
    const sound = await open({ policy, headers, head: pinned('lib') });
    assert.deepEqual(await sound.track(), { ready: true, compiled: 1 });
    const { changedFileRan, page, track, token, violations } = await open({ policy, headers, head: pinned('changed') });
    assert.deepEqual(await track(), { ready: false, compiled: 0 });
    // The second attempt has another address, of which the import map knows nothing.
    const refusedAgain = async () => (await violations()).some((text) => text.endsWith('/throughline.core.js?1'));
    await until(refusedAgain, 'a second attempt is refused');
    assert.equal(await changedFileRan(), false);
    await page.goto('about:blank');
    const [event] = await environment.collector.stored(token, 1);
    assert.equal(event.event, 'Item Viewed', 'handed over all the same');
  });

// The documentation says so.
test('an import map alone does not pin the core', async () => {
  const { changedFileRan, track } = await open({ policy: byHost, head: pinned('changed') });
  assert.deepEqual(await track(), { ready: false, compiled: 0 });
  await until(changedFileRan, 'the second attempt');
});

test('an import map alone pins everything in one file', async () => {
  const policy = byHost.replace('CDN COLLECTOR', 'COLLECTOR');
  const one = (folder) =>
    documented('Pinning by integrity', 'html', 'throughline.inline.mjs')
      .replaceAll('CDN/', `CDN/${folder}/`)
      .replace(/throughline\.init\(.*\);/, 'window.throughline = throughline;');
  const sound = await open({ policy, head: one('lib') });
  assert.deepEqual(await sound.track(), { ready: true, compiled: 1 });
  assert.deepEqual(await sound.violations(), []);
  const { changedFileRan, page } = await open({ policy, head: one('changed') });
  assert.equal(await page.evaluate(() => typeof throughline), 'undefined');
  assert.equal(await changedFileRan(), false);
});

test('fetch pins the program, and wasm_url takes it', async () => {
  const policy = oneOrigin.replace('connect-src', 'connect-src blob:');
  const { page, token, track } = await open({ policy, head: tag });
  const fetchPinned = (hash) =>
    page.evaluate(async (integrity) => {
      const response = await fetch('/lib/throughline.wasm', { integrity });
      return URL.createObjectURL(await response.blob());
    }, hash);
  await assert.rejects(fetchPinned(integrity('throughline.core.js')), /Failed to fetch/);
  const wasm_url = await fetchPinned(integrity('throughline.wasm'));
  assert.deepEqual(await track({ wasm_url }), { ready: true, compiled: 0 });
  await environment.collector.stored(token, 1);
});
