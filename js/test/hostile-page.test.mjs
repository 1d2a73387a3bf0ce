// Pages that interfere with the library: variables and elements that hide the browser's globals, replaced built-ins, policies, tag managers
// and other libraries.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';
import { test } from './harness/bounded-test.mjs';
import { dist, until } from './harness/collector.mjs';
import { useEnvironment } from './harness/environment.mjs';
import { scriptTag } from './harness/site.mjs';

const environment = useEnvironment();
const snippet = readFileSync(join(dist, 'snippet.html'), 'utf8');
const library = readFileSync(join(dist, 'throughline.js'), 'utf8');

const story =
  "throughline.track('Browsed'); throughline.alias('U'); throughline.track('Signed Up', { plan: 'pro', tags: ['a', 'b'] }); throughline.identify('U'); throughline.track('Bought');";
const told = ['Browsed', '$create_alias', 'Signed Up', '$identify', 'Bought'];

/** Opens a page with `head` before the library, and the calls of the story after it. */
async function open(head, { config = {}, headers = {}, tag, device } = {}) {
  const { collector, site } = environment;
  const token = environment.token();
  const visitor = device ?? (await environment.device());
  const options = { api_host: collector.url, ...config };
  const html = `${head}${tag?.(token, options) ?? scriptTag(token, options)}<script>${story}</script>`;
  return { token, device: visitor, page: await visitor.open(site.page(`/${token}.html`, html, headers)) };
}

/** Asserts that all events of the story arrived in order, for one person, with their properties, and that the page saw no exception. */
async function assertStory({ token, device, page }, warnings = []) {
  assert.equal(await page.evaluate(() => throughline.ready), true);
  await page.evaluate(() => throughline.flush());
  const events = await environment.collector.stored(token, told.length);
  assert.deepEqual(
    events.map(({ event }) => event),
    told,
  );
  assert.equal(new Set(events.map(({ person }) => person)).size, 1);
  assert.deepEqual(events[2].properties.tags, ['a', 'b']);
  assert.match(events[0].properties.$current_url, /^http/);
  assert.deepEqual(page.warnings, warnings);
  assert.deepEqual(device.problems, []);
}

test('a page whose variables have the names of all globals works', async () => {
  const device = await environment.device();
  const empty = await device.open(environment.site.page('/empty.html', ''));
  // Globals of the browser that a script may declare again.
  const names = await empty.evaluate(() => {
    const all = new Set();
    for (let at = window; at; at = Object.getPrototypeOf(at))
      for (const name of Object.getOwnPropertyNames(at)) all.add(name);
    return [...all].filter((name) => {
      if (!/^[A-Za-z_$][\w$]*$/.test(name) || name === 'throughline') return false;
      return Object.getOwnPropertyDescriptor(window, name)?.configurable !== false;
    });
  });
  for (const name of [
    'URL',
    'screen',
    'fetch',
    'Promise',
    'JSON',
    'crypto',
    'navigator',
    'localStorage',
    'globalThis',
    'self',
  ])
    assert.ok(names.includes(name), name);
  // Each in its own script, so that a name that cannot be declared does not stop the others.
  const declared = names.map((name) => `<script>let ${name} = 0;</script>`).join('');
  const opened = await open(declared, { device });
  // Playwright's code in the page is affected too, and cannot be used any more.
  const events = await environment.collector.stored(opened.token, told.length);
  assert.deepEqual(
    events.map(({ event }) => event),
    told,
  );
  assert.deepEqual(device.problems, []);
});

// The changes that Prototype.js 1.6 and 1.7, MooTools 1.4 and careless polyfills make to built-ins.
const bent = {
  'arrays with a toJSON':
    'Array.prototype.toJSON = function () { return "bent"; }; Date.prototype.toJSON = Array.prototype.toJSON; String.prototype.toJSON = Array.prototype.toJSON;',
  'objects with a toJSON': 'Object.prototype.toJSON = function () { return "bent"; };',
  'everything with enumerable extras':
    'Object.prototype.extra = function () {}; Array.prototype.extra = function () {}; Function.prototype.extra = 1;',
  'Array.from that maps nothing': 'Array.from = (list) => [].slice.call(list);',
  'no Array.prototype.at': 'delete Array.prototype.at; delete String.prototype.at;',
  'nothing younger than the oldest browser that we name': `
    for (const [owner, ...names] of [
      [Array.prototype, 'at', 'findLast', 'findLastIndex', 'toSorted', 'toReversed', 'toSpliced', 'with'],
      [String.prototype, 'at', 'isWellFormed', 'toWellFormed'],
      [Object, 'hasOwn', 'groupBy'], [Array, 'fromAsync'], [Promise, 'withResolvers', 'try'], [crypto, 'randomUUID'], [Crypto.prototype, 'randomUUID'],
      [AbortSignal, 'timeout', 'any'], [window, 'structuredClone', 'trustedTypes', 'scheduler'], [Navigator.prototype, 'locks'],
    ]) for (const name of names) delete owner[name];`,
  'no beacons': 'delete Navigator.prototype.sendBeacon;',
  'a Date.now that throws': 'Date.now = () => { throw new Error("no"); };',
  'a Date.now that answers nonsense': 'Date.now = () => NaN;',
  'a crypto that throws': 'Crypto.prototype.getRandomValues = () => { throw new Error("no"); };',
  'a queueMicrotask that throws': 'window.queueMicrotask = () => { throw new Error("no"); };',
  'locks that throw': 'LockManager.prototype.request = () => { throw new Error("no"); };',
  'locks that are none': 'Object.defineProperty(navigator, "locks", { value: {} });',
  'a Math.random and a performance.now that throw': 'Math.random = performance.now = () => { throw new Error("no"); };',
  'no performance': 'Object.defineProperty(window, "performance", { value: undefined });',
  'a console that throws': 'console.warn = console.error = () => { throw new Error("no"); };',
};

for (const [name, code] of Object.entries(bent))
  test(`the library works on a page with ${name}`, async () => assertStory(await open(`<script>${code}</script>`)));

test('in an unsupported old browser there is one warning and no exception, and events are sent when the page is left', async () => {
  const old = `<script>
    for (const [owner, ...names] of [
      [Object, 'fromEntries'], [Array.prototype, 'flat', 'flatMap'], [String.prototype, 'matchAll', 'replaceAll'], [Promise, 'allSettled', 'any'],
      [TextEncoder.prototype, 'encodeInto'], [WebAssembly, 'compileStreaming', 'instantiateStreaming'], [window, 'AbortController', 'WeakRef', 'Worker'],
      [Navigator.prototype, 'locks'],
    ]) for (const name of names) delete owner[name];</script>`;
  const { token, device, page } = await open(old);
  assert.equal(await page.evaluate(() => throughline.ready), false);
  await page.evaluate(() => throughline.track('Last', { map: new Map([[1, 2]]) }));
  assert.deepEqual(
    page.warnings.map((warning) => warning.match(/\[(\w+)\]/)[1]),
    ['core_failed'],
  );
  await page.goto('about:blank');
  // Not sent without Go: an alias that does not look like an id, and events after identify.
  assert.deepEqual(
    (await environment.collector.stored(token, 2)).map(({ event }) => event),
    ['Browsed', 'Signed Up'],
  );
  assert.deepEqual(device.problems, []);
});

test('in a browser without sendBeacon, the events of a page that was left before Go ran are sent at the next visit', async () => {
  const device = await environment.device();
  let held = true;
  await device.context.route('**/throughline.core.js*', (route) => (held ? undefined : route.continue()));
  const first = await open('<script>delete Navigator.prototype.sendBeacon</script>', { device });
  await first.page.goto('about:blank');
  held = false;
  await device.open(
    first.page.url() === 'about:blank' ? `${environment.site.url}/${first.token}.html` : first.page.url(),
  );
  const events = await environment.collector.stored(first.token, 2 * told.length - 2);
  assert.equal(new Set(events.map(({ properties }) => properties.$insert_id)).size, events.length);
  assert.equal(events.filter(({ event }) => event === 'Browsed').length, 2);
  assert.deepEqual(device.problems, []);
});

test('built-ins that the page replaces by throwing ones after the library was loaded', async () => {
  const { token, device, page } = await open('', {
    tag: (token, options) => `${scriptTag(token, options)}<script>
      const no = () => { throw new Error('replaced'); };
      JSON.stringify = JSON.parse = Date.now = Object.assign = Object.keys = Object.entries = no;
      window.setTimeout = window.queueMicrotask = window.fetch = window.addEventListener = no;
      window.URL = window.URLSearchParams = window.Proxy = window.Map = window.Set = window.Promise = no;
    </script>`,
  });
  const events = await environment.collector.stored(token, told.length);
  assert.deepEqual(
    events.map(({ event }) => event),
    told,
  );
  assert.deepEqual(page.warnings, []);
  assert.deepEqual(device.problems, []);
});

// Elements whose names hide properties of the document, and add properties to the window (DOM clobbering).
const covering = (names) =>
  names.map((name) => `<img name="${name}" src="/elsewhere/x.png" alt=""><a id="${name}"></a>`).join('');

test('elements with the names of properties of the document', async () => {
  const { site } = environment;
  const names =
    'currentScript prerendering readyState URL referrer cookie hidden visibilityState head body documentElement createElement addEventListener defaultView location all forms scripts title domain';
  site.requestedPaths.length = 0;
  await assertStory(await open(covering(names.split(' '))));
  assert.deepEqual(
    site.requestedPaths.filter((path) => /elsewhere.*js$/.test(path)),
    [],
  );
});

test('the snippet among elements with the names of properties of the document', async () => {
  const names = 'createElement head documentElement appendChild currentScript trustedTypes';
  const tag = (token, options) =>
    `${snippet.replace('SRC', '/lib/throughline.js')}<script>throughline.init(${JSON.stringify(token)}, ${JSON.stringify(options)})</script>`;
  await assertStory(await open(covering(names.split(' ')), { tag }));
});

test('with the snippet, instances named like methods are returned and track, before and after the library is loaded', async () => {
  const { collector, site } = environment;
  const token = environment.token();
  const device = await environment.device();
  const names = ['track', '__proto__', 'toString', 'ready', 'flush', 'q', 'shop'];
  const page = await device.open(
    site.page(
      '/names.html',
      `<script>Date.now = () => { throw new Error('no'); };</script>${snippet.replace('SRC', '/lib/throughline.js')}<script>
        const instances = ${JSON.stringify(names)}.map((name) => throughline.init('${token}', { api_host: '${collector.url}', warnings: 'silent' }, name));
        instances.forEach((instance, n) => instance.track('early ' + n));
      </script>`,
    ),
  );
  assert.equal(await page.evaluate(() => throughline.ready), true);
  await page.evaluate(() => {
    for (const [n, instance] of instances.entries()) instance.track(`late ${n}`);
    return Promise.all(instances.map((instance) => instance.flush()));
  });
  const events = await collector.stored(token, 2 * names.length);
  for (const when of ['early', 'late'])
    for (const n of names.keys())
      assert.ok(
        events.some(({ event }) => event === `${when} ${n}`),
        `${when} ${names[n]}`,
      );
  for (const { properties } of events) assert.ok(Math.abs(properties.time - Date.now() / 1000) < 600, properties.time);
  assert.deepEqual(device.problems, []);
});

const globals = {
  'a form of that name, whose fields have the names of what the snippet has':
    '<form id="throughline"><input name="q"><input name="track"><input name="init"></form>',
  'several elements of that name': '<a id="throughline"></a><a id="throughline" name="q"></a>',
  null: '<script>window.throughline = null</script>',
  false: '<script>var throughline = false</script>',
};

for (const [name, html] of Object.entries(globals))
  test(`window.throughline is ${name}`, async () => assertStory(await open(html)));

for (const [name, html] of Object.entries({
  'an object of the page’s':
    '<script>window.throughline = { line: 1, init() {}, track() {}, alias() {}, identify() {} }</script>',
  'a function of the page’s':
    '<script>function throughline() {} for (const name of ["init", "track", "alias", "identify"]) throughline[name] = () => {};</script>',
}))
  test(`if window.throughline is ${name}, it is not replaced, and there is a warning`, async () => {
    const { device, page } = await open(html);
    assert.equal(page.warnings.length, 1);
    assert.match(page.warnings[0], /global_taken/);
    assert.equal(await page.evaluate(() => throughline.ready), undefined);
    assert.deepEqual(device.problems, []);
  });

test('two copies of the library, as a script and as a module, keep one order of calls', async () => {
  const { collector, site } = environment;
  const token = environment.token();
  const device = await environment.device();
  const init = `init(${JSON.stringify(token)}, { api_host: ${JSON.stringify(collector.url)} })`;
  const page = await device.open(
    site.page(
      '/order.html',
      `<script src="/lib/throughline.js"></script><script>throughline.${init}</script><script type="module">
        import other from '/lib/throughline.mjs';
        other.${init};
        const mixed = (when) => {
          for (let n = 0; n < 6; n++) (n % 2 ? other : throughline).track(when + n);
        };
        mixed('before');
        throughline.alias('U');
        other.identify('U');
        await throughline.ready;
        mixed('after');
        window.finished = Promise.all([throughline.flush(), other.flush(), other !== throughline]);
      </script>`,
    ),
  );
  await until(() => page.evaluate(() => 'finished' in window), 'the module ran');
  assert.deepEqual(await page.evaluate(() => window.finished), [true, true, true]);
  const numbered = (when) => Array.from({ length: 6 }, (_, n) => when + n);
  const events = await collector.stored(token, 14);
  assert.deepEqual(
    events.map(({ event }) => event),
    [...numbered('before'), '$create_alias', '$identify', ...numbered('after')],
  );
  assert.equal(
    new Set(events.map(({ distinct_id }) => distinct_id)).size,
    2,
    'the identification alone carries the new id',
  );
  assert.deepEqual(page.warnings, []);
  assert.deepEqual(device.problems, []);
});

test('the snippet and a bundle that runs before the script keep one order of calls', async () => {
  const { collector, site } = environment;
  const token = environment.token();
  const device = await environment.device();
  let release;
  site.answers['/late/throughline.js'] = (_request, response) => {
    release = () => response.writeHead(200, { 'Content-Type': 'text/javascript' }).end(library);
  };
  const init = `init(${JSON.stringify(token)}, { api_host: ${JSON.stringify(collector.url)} })`;
  const page = await device.context.newPage();
  const url = site.page(
    '/snippet-and-bundle.html',
    `${snippet.replace('SRC', '/late/throughline.js')}<script>
      throughline.${init};
      throughline.track('Browsed');
      throughline.alias('U');
    </script><script type="module">
      import other from '/lib/throughline.mjs';
      other.${init};
      other.identify('U');
      other.track('Bought');
      throughline.track('Left');
      window.finished = true;
    </script>`,
  );
  await page.goto(url, { waitUntil: 'commit' });
  await until(() => page.evaluate(() => window.finished), 'the module ran');
  release();
  await page.evaluate(() => throughline.ready.then(() => throughline.flush()));
  const events = await collector.stored(token, 5);
  assert.deepEqual(
    events.map(({ event }) => event),
    ['Browsed', '$create_alias', '$identify', 'Bought', 'Left'],
  );
  assert.equal(new Set(events.map(({ person }) => person)).size, 1);
  assert.deepEqual(device.problems, []);
});

test('two copies with one project each are separate, whatever their instances are named', async () => {
  const { collector, site } = environment;
  const [site1, widget] = [environment.token(), environment.token()];
  const device = await environment.device();
  const host = JSON.stringify({ api_host: collector.url });
  const page = await device.open(
    site.page(
      '/widget.html',
      `<script type="module">
        import widget from '/lib/throughline.mjs';
        widget.init('${widget}', ${host});
        widget.init('${widget}', ${host}, 'shop');
        widget.track('Widget');
        widget.shop.track('Widget Shop');
        window.widget = widget;
      </script><script type="module">
        await new Promise((done) => { const script = document.createElement('script'); script.onload = done; script.src = '/lib/throughline.js'; document.head.append(script); });
        throughline.init('${site1}', ${host});
        throughline.init('${site1}', ${host}, 'shop');
        throughline.track('Site');
        throughline.shop.track('Site Shop');
        window.finished = Promise.all([throughline.flush(), widget.flush()]);
      </script>`,
    ),
  );
  await until(() => page.evaluate(() => 'finished' in window), 'the modules ran');
  assert.deepEqual(await page.evaluate(() => window.finished), [true, true]);
  for (const [token, names] of [
    [site1, ['Site', 'Site Shop']],
    [widget, ['Widget', 'Widget Shop']],
  ])
    assert.deepEqual(
      (await collector.stored(token, 2)).map(({ event }) => event),
      names,
    );
  assert.deepEqual(device.problems, []);
});

for (const [name, tag] of Object.entries({
  'in the page': (token, options) =>
    `<script>${library}</script><script>throughline.init(${JSON.stringify(token)}, ${JSON.stringify(options)})</script>`,
  'as the text of a script that a tag manager makes': (
    token,
    options,
  ) => `<script type="text/plain" id="text">${library}</script><script>
      const script = document.createElement('script');
      script.text = document.getElementById('text').textContent;
      document.head.append(script);
      throughline.init(${JSON.stringify(token)}, ${JSON.stringify(options)});
    </script>`,
}))
  test(`with the script’s text ${name}, wasm_url says where the other files are`, async () =>
    assertStory(await open('', { tag, config: { wasm_url: '/lib/throughline.wasm' } })));

const policy = (names) => ({
  'Content-Security-Policy': `require-trusted-types-for 'script'; trusted-types ${names}`,
});
const snippetTag = (token, options) =>
  `${snippet.replace('SRC', '/lib/throughline.js')}<script>throughline.init(${JSON.stringify(token)}, ${JSON.stringify(options)})</script>`;

test('with Trusted Types and the documented policies everything works, also the worker', async () => {
  const counting =
    '<script>window.compiled = 0; for (const way of ["compile", "compileStreaming"]) { const original = WebAssembly[way]; WebAssembly[way] = (...args) => { compiled++; return original.apply(WebAssembly, args); }; }</script>';
  const opened = await open(counting, { tag: snippetTag, headers: policy('throughline throughline-worker') });
  await assertStory(opened);
  assert.equal(await opened.page.evaluate(() => compiled), 0);
});

test('with Trusted Types but without our policies a script tag works, and the snippet’s ready resolves', async () => {
  await assertStory(await open('', { headers: policy("'none'") }));
  const { device, page } = await open('', { tag: snippetTag, headers: policy("'none'") });
  assert.deepEqual(await page.evaluate(() => Promise.all([throughline.ready, throughline.flush()])), [false, false]);
  assert.deepEqual(device.problems, []);
});

const away = {
  'throughline.core.js': [(response) => response.writeHead(404).end(), /core_failed/],
  'throughline.wasm': [(response) => response.writeHead(503).end(), /core_failed.*503/],
};

for (const [file, [gone, says]] of Object.entries(away))
  test(`if ${file} cannot be loaded for a moment, it is loaded again, and nothing is lost`, async () => {
    const { site } = environment;
    let there = false;
    site.answers[`/lib/${file}`] = (_request, response) =>
      there
        ? response
            .writeHead(200, { 'Content-Type': file.endsWith('js') ? 'text/javascript' : 'application/wasm' })
            .end(readFileSync(join(dist, file)))
        : gone(response);
    const opened = await open('');
    assert.equal(await opened.page.evaluate(() => throughline.ready), false);
    assert.equal(await opened.page.evaluate(() => throughline.flush()), false);
    there = true;
    await environment.collector.stored(opened.token, told.length, 60);
    delete site.answers[`/lib/${file}`];
    const [warning, ...more] = opened.page.warnings;
    assert.match(warning, says);
    assert.deepEqual(more, []);
    await assertStory(opened, [warning]);
  });

test('a core that could not be loaded is loaded again when the browser is online', async () => {
  const { device } = await open('');
  let gone = true;
  await device.context.route('**/throughline.core.js*', (route) => (gone ? route.abort() : route.continue()));
  const opened = await open('', { device });
  assert.equal(await opened.page.evaluate(() => throughline.ready), false);
  gone = false;
  await opened.page.evaluate(() => {
    dispatchEvent(new Event('online'));
    return throughline.ready;
  });
  await assertStory(opened, opened.page.warnings.slice());
});

test('a core that cannot be loaded is tried again at growing intervals, also in a tab that is open for a day', async () => {
  const device = await environment.device();
  await device.context.route('**/throughline.core.js*', (route) => route.abort());
  // The first forty delays end at once, so that hours of the page pass quickly.
  const busyPage = `<script>
    window.pauses = [];
    const wait = window.setTimeout;
    window.setTimeout = (callback, delay, ...args) => {
      const retry = delay !== 30_000 && (delay < 0 || delay >= 2_000);
      if (retry) pauses.push(delay);
      return wait(callback, retry && pauses.length < 40 ? 0 : delay, ...args);
    };
  </script>`;
  const { page } = await open(busyPage, { device });
  await page.evaluate(() => throughline.ready);
  await until(() => page.evaluate(() => pauses.length >= 40), 'forty failures');
  const pauses = await page.evaluate(() => pauses);
  assert.deepEqual(pauses.slice(0, 4), [4_000, 8_000, 16_000, 32_000]);
  assert.deepEqual([...new Set(pauses.slice(10))], [600_000]);
  assert.deepEqual(device.problems, []);
});

for (const type of ['application/wasm; charset=utf-8', 'APPLICATION/WASM', 'text/html', 'application/octet-stream', ''])
  test(`throughline.wasm as ${type || 'nothing'}`, async () => {
    const { site } = environment;
    site.answers['/lib/throughline.wasm'] = (_request, response) =>
      response.writeHead(200, type ? { 'Content-Type': type } : {}).end(readFileSync(join(dist, 'throughline.wasm')));
    await assertStory(await open(''));
    delete site.answers['/lib/throughline.wasm'];
  });

for (const [name, code] of Object.entries({
  'never answers': 'window.Worker = class { postMessage() {} terminate() {} };',
  'begins and then says nothing more':
    'window.Worker = class { constructor() { setTimeout(() => this.onmessage({ data: {} })); } postMessage() { setTimeout(() => this.onerror(new Event("error"))); } terminate() {} };',
  'says what is not ours':
    'window.Worker = class { constructor() { for (const data of ["reload", null, { program: 5 }]) setTimeout(() => this.onmessage({ data })); } postMessage() {} terminate() {} };',
}))
  test(`if the worker ${name}, the page compiles the program itself`, async () =>
    assertStory(await open(`<script>${code}</script>`)));

test('the code of an app that is bundled to one file does not run again in the worker', async () => {
  const { site, collector } = environment;
  const token = environment.token();
  for (const format of ['esm', 'iife']) {
    const { outputFiles } = await build({
      stdin: {
        contents: `import throughline from './throughline.mjs';
          fetch('/ran/' + (typeof document));
          throughline.init(${JSON.stringify(token)}, { api_host: ${JSON.stringify(collector.url)}, wasm_url: '/lib/throughline.wasm' });
          throughline.track('Tracked', { format: ${JSON.stringify(format)} });
          window.throughline = throughline;`,
        resolveDir: dist,
      },
      bundle: true,
      splitting: false,
      format,
      write: false,
      logLevel: 'silent',
    });
    site.answers[`/${format}/app.js`] = (_request, response) =>
      response.writeHead(200, { 'Content-Type': 'text/javascript' }).end(outputFiles[0].text);
    // As hosts of single-page apps do, every unknown path answers with the app's page.
    site.answers[`/${format}/throughline.worker.js`] = (_request, response) =>
      response.writeHead(200, { 'Content-Type': 'text/html' }).end('<!doctype html>');
    site.requestedPaths.length = 0;
    const device = await environment.device();
    const type = format === 'esm' ? ' type="module"' : '';
    const page = await device.open(site.page(`/${format}.html`, `<script${type} src="/${format}/app.js"></script>`));
    await until(() => page.evaluate(() => 'throughline' in window), 'the app runs');
    assert.equal(await page.evaluate(() => throughline.ready), true);
    await page.evaluate(() => throughline.flush());
    assert.deepEqual(
      site.requestedPaths.filter((path) => path.startsWith('/ran/')),
      ['/ran/object'],
    );
    assert.deepEqual(device.problems, []);
  }
  await collector.stored(token, 2);
});

/** Bundles a module that imports frameworks to a script that can be written between script tags. */
async function bundled(contents) {
  const { outputFiles } = await build({
    stdin: { contents, resolveDir: join(import.meta.dirname, '..') },
    bundle: true,
    write: false,
    define: { 'process.env.NODE_ENV': '"development"' },
  });
  return outputFiles[0].text.replaceAll('</', '<\\/');
}

test('the library works inside Vue’s ref and reactive', async () => {
  const { site, collector } = environment;
  const token = environment.token();
  const script =
    await bundled(`import { effect, isReactive, isRef, reactive, ref, toRaw, unref } from '@vue/reactivity';
        const { throughline } = window;
        const kept = ref(throughline);
        const state = reactive({ throughline, list: [throughline] });
        window.seen = [isRef(throughline), unref(kept) && isReactive(throughline), toRaw(state).throughline === throughline];
        effect(() => state.throughline.get_distinct_id());
        kept.value.track('Ref');
        state.throughline.track('Reactive');
        state.list[0].track('List');
        JSON.stringify(throughline);
        String(throughline);
        structuredClone({ type: typeof throughline.constructor });
        Promise.resolve(throughline).then((value) => { window.resolved = value === throughline; });`);
  const device = await environment.device();
  const page = await device.open(
    site.page('/vue.html', `${scriptTag(token, { api_host: collector.url })}<script>${script}</script>`),
  );
  assert.deepEqual(await page.evaluate(() => seen), [false, false, true]);
  await until(() => page.evaluate(() => window.resolved), 'the promise');
  await page.evaluate(async () => {
    await throughline.ready;
    await throughline.flush();
  });
  assert.deepEqual(
    (await collector.stored(token, 3)).map(({ event }) => event),
    ['Ref', 'Reactive', 'List'],
  );
  assert.deepEqual(page.warnings, []);
  assert.deepEqual(device.problems, []);
});

test('with React 18, rendered twice, event handlers can be methods of the library', async () => {
  const { site, collector } = environment;
  const token = environment.token();
  const script = await bundled(`import { createElement as h, useState } from 'react';
        import { createRoot } from 'react-dom/client';
        const { throughline } = window;
        const rows = Array.from({ length: 10 }, (_, n) => n);
        const App = ({ count }) => h('div', null, rows.map((n) => h('button', { key: n, id: 'b' + n, onClick: [
          throughline.reset,
          (event) => throughline.track('Clicked', { target: event.target }),
          (event) => throughline.track('Event', { event }),
          (event) => throughline.track('Spread', { ...event }),
          (event) => throughline.track('Element', { element: h('b', null, count) }),
          throughline.register,
        ][n] ?? (() => {}) }, n, count)));
        const root = createRoot(document.getElementById('root'));
        root.render(h(App, { count: 1 }));
        setTimeout(() => { root.render(h(App, { count: 2 })); setTimeout(() => { window.rendered = true; }, 100); }, 50);`);
  const device = await environment.device();
  const page = await device.open(
    site.page(
      '/react.html',
      `<div id="root"></div>${scriptTag(token, { api_host: collector.url })}<script>${script}</script>`,
    ),
  );
  await until(() => page.evaluate(() => window.rendered), 'rendered twice');
  const longest = await page.evaluate(async () => {
    const times = [];
    for (const when of ['before', 'after'])
      for (let n = 0; n < 6; n++) {
        const from = performance.now();
        document.getElementById(`b${n}`).click();
        times.push(performance.now() - from);
        if (when === 'before' && n === 5) await throughline.ready;
      }
    await throughline.flush();
    return Math.max(...times);
  });
  assert.ok(longest < 10_000, `${longest} ms`);
  const events = await collector.stored(token, 8);
  for (const { event, properties } of events) assert.ok(JSON.stringify(properties).length < 20_000, event);
  assert.deepEqual(device.problems, []);
});
