// The documentation site, as ./build.sh docs builds it: complete, without a dead link, and served by the collector within its policy.

import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join, posix } from 'node:path';
import { repository } from '../../docs/site/markdown.mjs';
import { pages, sections } from '../../docs/site/pages.mjs';
import { test } from './harness/bounded-test.mjs';
import { dist, until } from './harness/collector.mjs';
import { useEnvironment } from './harness/environment.mjs';
import { root } from './harness/snippets.mjs';

const environment = useEnvironment();
const site = join(dist, 'docs');
const base = '/docs/';
const sources = readdirSync(join(root, 'docs')).filter((name) => name.endsWith('.md'));

const read = (file) => readFileSync(join(site, file), 'utf8');
const built = existsSync(site) ? readdirSync(site, { recursive: true }).map((file) => file.split('\\').join('/')) : [];
const htmlFiles = built.filter((file) => file.endsWith('.html') && file !== '404.html');
const htmlOf = (path) => path.replace(/\.md$/, '.html');

/** Returns the ids in a page, to which a fragment of an address may lead. */
const idsOf = (file) => new Set([...read(file).matchAll(/\sid="([^"]+)"/g)].map(([, id]) => id));

test('the site is built from the pages as they are', () => {
  assert.ok(existsSync(join(site, 'llms.txt')), 'run ./build.sh docs');
  const { mtimeMs } = statSync(join(site, 'llms.txt'));
  for (const name of sources)
    assert.ok(statSync(join(root, 'docs', name)).mtimeMs < mtimeMs, `${name} is newer: run ./build.sh docs`);
});

test('every page of docs/ is in the sidebar, once', () => {
  assert.deepEqual(pages.map(({ file }) => file).sort(), sources.sort());
  assert.deepEqual(htmlFiles.sort(), pages.map(({ path }) => htmlOf(path)).sort());
  for (const file of htmlFiles) {
    const sidebar = /<aside class="VPSidebar.*?<\/aside>/s.exec(read(file))[0];
    for (const { path } of pages) {
      const address = base + htmlOf(path).replace(/^index\.html$/, '');
      assert.equal(sidebar.split(`href="${address}"`).length, 2, `${file}: ${address}`);
    }
  }
});

/** Throws unless a link of the site leads to a file, and its fragment to an element there. */
function checkLink(from, href) {
  const { origin, pathname, hash } = new URL(href.replaceAll('&amp;', '&'), `http://site${base}${from}`);
  if (origin !== 'http://site') {
    // What is not in docs/ is in the repository.
    const [, file] = new RegExp(`^${repository}/(?:blob|tree|edit)/main/([^#]+)`).exec(href) ?? [];
    if (file) assert.ok(existsSync(join(root, decodeURI(file))), `${from} links to ${href}`);
    return;
  }
  assert.ok(pathname.startsWith(base), `${from} links to ${href}, outside the site`);
  const file = pathname.slice(base.length).replace(/^$|\/$/, '$&index.html');
  assert.ok(built.includes(file), `${from} links to ${href}, which does not exist`);
  if (hash)
    assert.ok(
      idsOf(file).has(decodeURIComponent(hash.slice(1))),
      `${from} links to ${href}, an anchor that does not exist`,
    );
}

test('no link and no anchor is dead', () => {
  let links = 0;
  for (const file of htmlFiles)
    for (const [, href] of read(file).matchAll(/<[a-z]+ [^>]*?(?:href|src)="([^"]*)"/g)) {
      if (/^(data|mailto):/.test(href)) continue;
      checkLink(file, href);
      links++;
    }
  assert.ok(links > 500, `${links} links`);
  assert.throws(() => checkLink('index.html', 'gone.html'), /does not exist/);
  assert.throws(() => checkLink('index.html', 'limits.html#gone'), /an anchor that does not exist/);
  assert.throws(() => checkLink('index.html', '/throughline.js'), /outside the site/);
  assert.throws(() => checkLink('index.html', `${repository}/blob/main/gone.go`), /gone\.go/);
});

test('links of the front pages to headings of the documentation lead there, on GitHub too', () => {
  for (const page of ['README.md', 'js/README.md', 'CHANGELOG.md']) {
    const text = readFileSync(join(root, page), 'utf8');
    for (const [, href] of text.matchAll(/\]\(([^)\s]+)\)/g)) {
      const path = href.replace(`${repository}/blob/main/`, '');
      const [, file, hash = ''] = /^docs\/([\w-]+)\.md(#.*)?$/.exec(posix.normalize(path)) ?? [];
      if (file) checkLink('index.html', `${file === 'README' ? 'index' : file}.html${hash}`);
    }
  }
});

test('every warning has the anchor that the console names', () => {
  const warn = readFileSync(join(root, 'js', 'src', 'warn.ts'), 'utf8');
  assert.ok(warn.includes(`'${repository}/blob/main/docs/warnings.md#warning-'`));
  const codes = [...readFileSync(join(root, 'identity', 'warning.go'), 'utf8').matchAll(/ Code = "(\w+)"/g)];
  assert.ok(codes.length > 35, `${codes.length} codes`);
  const ids = idsOf('warnings.html');
  for (const [, code] of codes) assert.ok(ids.has(`warning-${code}`), code);
});

test('pages have no style of their own, which the policy would refuse, and load nothing from elsewhere', () => {
  for (const file of [...htmlFiles, '404.html']) {
    const html = read(file);
    assert.doesNotMatch(html, /<[a-z][^>]* style=|<style/i, file);
    assert.doesNotMatch(
      html,
      /<(?:script|img|iframe)[^>]* src="(?!\/docs\/)|<link[^>]* href="(?!\/docs\/|data:,)/,
      file,
    );
  }
  for (const file of built.filter((name) => name.endsWith('.css')))
    assert.doesNotMatch(read(file), /url\((?!["']?data:)|@import/, file);
});

test('llms.txt has the form of llmstxt.org, and its links lead to the sources of the pages', () => {
  const text = read('llms.txt');
  assert.match(text, /^# Throughline\n\n> .+\n\n[^#]+\n\n## /);
  const links = [...text.matchAll(/^- \[(.+)\]\((.+)\): .+$/gm)];
  assert.equal(links.length, pages.length);
  assert.deepEqual(
    [...text.matchAll(/^## (.+)$/gm)].map(([, title]) => title),
    [...sections.slice(0, -1).map(({ title }) => title), 'Optional'],
  );
  const full = read('llms-full.txt');
  for (const [, , href] of links) {
    const source = read(href);
    assert.ok(source.startsWith('# '), href);
    assert.ok(full.includes(source), href);
    for (const [, target] of source.replace(/^```.*?^```/gms, '').matchAll(/\]\(([^)\s]+)\)/g)) {
      const [path] = target.split('#');
      if (path && !path.includes('://')) assert.ok(built.includes(path), `${href} links to ${target}`);
    }
  }
  const packed = readFileSync(join(dist, 'llms.txt'), 'utf8');
  const raw = [
    ...packed.matchAll(/\]\(https:\/\/raw\.githubusercontent\.com\/throughline\/throughline\/main\/(.+?)\)/g),
  ];
  assert.equal(raw.length, pages.length);
  for (const [, file] of raw) assert.ok(existsSync(join(root, file)), file);
});

/** Opens a page of the site at the collector, and writes down what goes wrong there, and what is asked of others. */
async function openDocs(path, options) {
  const device = await environment.device(options);
  const problems = [];
  await device.context.exposeBinding('violation', (_, text) => problems.push(text));
  await device.context.addInitScript(() => {
    document.addEventListener('securitypolicyviolation', (event) =>
      window.violation(`${event.effectiveDirective}: ${event.blockedURI} ${event.sample}`),
    );
  });
  device.context.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) problems.push(message.text());
  });
  device.context.on('request', (request) => {
    const url = new URL(request.url());
    if (url.protocol.startsWith('http') && url.origin !== environment.collector.url) problems.push(request.url());
  });
  device.context.on('response', (response) => {
    if (response.status() >= 400) problems.push(`${response.status()} ${response.url()}`);
  });
  const page = await device.open(environment.collector.url + path);
  return { page, device, problems: () => [...problems, ...device.problems] };
}

test('the collector serves the site: front page, links, search', async () => {
  const { page, problems } = await openDocs('/docs');
  assert.equal(new URL(page.url()).pathname, base);
  await page.getByRole('heading', { name: 'Throughline', level: 1 }).waitFor();
  await page.getByRole('link', { name: 'Quick start' }).first().click();
  await page.getByRole('heading', { name: 'Start a collector' }).waitFor();
  await page.keyboard.press('Control+k');
  await page.getByRole('searchbox').or(page.locator('#localsearch-input')).first().fill('subdomains');
  const found = page.locator('.VPLocalSearchBox .result').filter({ hasText: 'Subdomains' }).first();
  await found.click();
  await page.waitForURL(/migration\.html#subdomains$/);
  await page.getByRole('heading', { name: 'Subdomains' }).waitFor();
  await page.goto(`${environment.collector.url}/docs/who-is-who.html`);
  const pictures = page.locator('main img');
  await until(
    () => pictures.evaluateAll((all) => all.length === 4 && all.every((image) => image.naturalWidth > 0)),
    'four pictures',
  );
  assert.deepEqual(problems(), []);
});

test('a warning’s address opens its row, and the theme can be changed', async () => {
  const { page, problems } = await openDocs('/docs/warnings.html#warning-alias_taken', { colorScheme: 'dark' });
  await until(
    () =>
      page.locator('#warning-alias_taken').evaluate((row) => Math.abs(row.getBoundingClientRect().top) < innerHeight),
    'the row',
  );
  assert.equal(await page.locator('html.dark').count(), 1);
  await page.locator('.VPNavBarAppearance button').click();
  assert.equal(await page.locator('html.dark').count(), 0);
  await page.reload();
  assert.equal(await page.locator('html.dark').count(), 0);
  assert.deepEqual(problems(), []);
});

test('on a narrow screen no page is wider than the screen, and the sidebar opens', async () => {
  const { page, problems } = await openDocs('/docs/', { viewport: { width: 360, height: 700 } });
  for (const { path } of pages) {
    await page.goto(`${environment.collector.url}${base}${htmlOf(path)}`);
    assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), path);
  }
  await page.getByRole('button', { name: 'Menu' }).click();
  await page.locator('.VPSidebar').getByRole('link', { name: 'Limits' }).click();
  await page.getByRole('heading', { name: 'Limits', level: 1 }).waitFor();
  assert.deepEqual(problems(), []);
});
