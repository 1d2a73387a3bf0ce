// track_links and track_forms: the event is delivered although the page is left, and the click or submission goes on as the page means it.

import assert from 'node:assert/strict';
import { after } from 'node:test';
import { test } from './harness/bounded-test.mjs';
import { until } from './harness/collector.mjs';
import { useEnvironment } from './harness/environment.mjs';
import { neverAnswer, pass, startFaultyProxy } from './harness/faulty-proxy.mjs';
import { mixpanelTag } from './harness/mixpanel-page.mjs';
import { scriptTag } from './harness/site.mjs';

const environment = useEnvironment();
let proxy;
after(() => proxy?.stop());

/** Opens a page with this body, and waits until the core runs, unless `core` is false. */
async function openPage(body, { config = {}, setup = '', core = true } = {}) {
  const { collector, site } = environment;
  proxy ??= await startFaultyProxy(collector.url);
  proxy.rule = () => pass;
  const token = environment.token();
  const device = await environment.device();
  site.page(`/${token}/to.html`, 'arrived');
  const page = await device.open(
    site.page(
      `/${token}/from.html`,
      `${scriptTag(token, { api_host: proxy.url, ...config })}${body}<script>window.log = [];${setup}</script>`,
    ),
  );
  if (core) await page.evaluate(() => throughline.ready);
  const events = async (count = 1) =>
    (await collector.stored(token, count)).map(({ event, properties }) => [event, properties.url, properties.p]);
  return { page, device, token, events, collector, to: `${site.url}/${token}/to.html` };
}

const link = '<a id="go" class="go" href="to.html">go</a>';

for (const [name, query] of Object.entries({
  'a selector': "'#go'",
  'an element': "document.getElementById('go')",
  'a NodeList': "document.querySelectorAll('a.go')",
  "an object like jQuery's": "{ 0: document.getElementById('go'), length: 1, prevObject: {} }",
}))
  test(`${name}: a click on a link is sent with its address, and the link is followed`, async () => {
    const { page, to, events, device } = await openPage(link);
    assert.equal(await page.evaluate(`throughline.track_links(${query}, 'Clicked', { p: 1, url: 'own' })`), true);
    assert.deepEqual(page.warnings, []);
    await page.click('#go');
    await page.waitForURL(to);
    assert.deepEqual(await events(), [['Clicked', to, 1]]);
    assert.deepEqual(device.problems, []);
  });

test('properties may come from a function, which gets the element', async () => {
  const { page, to, events } = await openPage(`${link}<a id="two" href="#two" data-p="2">two</a>`);
  await page.evaluate(() => throughline.track_links('a', 'Clicked', (element) => ({ p: element.dataset.p ?? 'none' })));
  await page.click('#two');
  await page.click('#go');
  await page.waitForURL(to);
  assert.deepEqual(await events(2), [
    ['Clicked', to.replace('to.html', 'from.html#two'), '2'],
    ['Clicked', to, 'none'],
  ]);
});

test('a properties function that throws or returns nothing costs neither the event nor the link', async () => {
  const { page, to, events, device } = await openPage(`${link}<a id="two" href="#two">two</a>`);
  await page.evaluate(() => {
    throughline.track_links('#go', 'Clicked', () => {
      throw new Error("the page's own");
    });
    throughline.track_links('#two', 'Clicked', () => null);
  });
  await page.click('#two');
  await page.click('#go');
  await page.waitForURL(to);
  assert.equal((await events(2)).length, 2);
  assert.deepEqual(device.problems, []);
});

test('calls before the document is parsed and before the core runs find what is there then', async () => {
  const { site, collector } = environment;
  const token = environment.token();
  const device = await environment.device();
  const html = `${scriptTag(token, { api_host: collector.url })}
    <script>window.answer = throughline.track_links('a', 'Clicked', { p: 1 }); throughline.ready.then(() => throughline.track_links('a', 'Again'))</script>
    <a id="late" href="#late">late</a>`;
  const page = await device.open(site.page(`/${token}/early.html`, html));
  await page.evaluate(() => throughline.ready);
  await page.click('#late');
  await page.evaluate(() => throughline.flush());
  assert.deepEqual(
    (await collector.stored(token, 2)).map(({ event }) => event),
    ['Clicked', 'Again'],
  );
  assert.deepEqual(page.warnings, []);
  assert.deepEqual(device.problems, []);
});

test('while the document is parsed, track_links answers false, and works afterwards', async () => {
  const { site, collector } = environment;
  const token = environment.token();
  const device = await environment.device();
  let finish;
  site.answers[`/${token}/slow.html`] = (_request, response) => {
    response.writeHead(200, { 'Content-Type': 'text/html' });
    response.write(`<!doctype html>${scriptTag(token, { api_host: collector.url })}<script>throughline.ready</script>`);
    finish = () => response.end('<a id="late" href="#late">late</a>');
  };
  const page = await device.context.newPage();
  await page.goto(`${site.url}/${token}/slow.html`, { waitUntil: 'commit' });
  await until(() => page.evaluate(() => window.throughline?.ready), 'the library runs');
  const answer = await page.evaluate(() => throughline.ready.then(() => throughline.track_links('#late', 'Clicked')));
  finish();
  await page.waitForLoadState();
  await page.click('#late');
  await page.evaluate(() => throughline.flush());
  assert.equal(answer, false);
  assert.equal((await collector.stored(token, 1))[0].event, 'Clicked');
});

test('with a callback the link is followed when the event was sent, and not if it returns false', async () => {
  const { page, to, events, device } = await openPage(`${link}<a id="stay" href="to.html?stay">stay</a>`);
  await page.evaluate(() => {
    throughline.track_links('#stay', 'Stayed', { p: 1 }, (...args) => {
      log.push(args);
      return false;
    });
    throughline.track_links('#go', 'Went', {}, (isTimeout) => sessionStorage.setItem('said', String(isTimeout)));
  });
  await page.click('#stay');
  await page.waitForFunction(() => log.length > 0);
  await new Promise((resolve) => setTimeout(resolve, 500)); // The timeout, after which it must not be called again.
  assert.deepEqual(await page.evaluate(() => log), [[false, { p: 1, url: `${to}?stay` }]]);
  assert.match(page.url(), /from\.html$/);
  await page.click('#go');
  await page.waitForURL(to);
  assert.equal(await page.evaluate(() => sessionStorage.getItem('said')), 'false');
  assert.deepEqual(
    (await events(2)).map(([event]) => event),
    ['Stayed', 'Went'],
  );
  assert.deepEqual(device.problems, []);
});

test('a callback that throws does not hold up the link', async () => {
  const { page, to, device } = await openPage(link);
  await page.evaluate(() =>
    throughline.track_links('#go', 'Clicked', {}, () => {
      throw new Error("the page's own");
    }),
  );
  await page.click('#go');
  await page.waitForURL(to);
  assert.deepEqual(device.problems, []);
});

test('clicks that open another tab, download, or are prevented go on as the browser and the page mean them', async () => {
  const { page, events, device } = await openPage(
    `${link}<a id="blank" href="to.html?blank" target="_blank">blank</a><a id="load" href="to.html?load" download>load</a>
    <a id="before" href="to.html?before">before</a><a id="after" href="to.html?after">after</a><div id="frame"><a id="stopped" href="to.html?stopped">stopped</a></div>`,
    {
      setup: `document.getElementById('before').addEventListener('click', (e) => { e.preventDefault(); log.push('before'); });
        const stopped = document.getElementById('frame');
        stopped.addEventListener('click', (e) => { e.stopPropagation(); e.preventDefault(); log.push('stopped'); });
        document.addEventListener('click', (e) => { if (e.target.id === 'after' && !e.defaultPrevented) { e.preventDefault(); log.push('after'); } });`,
    },
  );
  await page.evaluate(() => throughline.track_links('a', 'Clicked', null, (isTimeout) => void log.push(isTimeout)));
  for (const [selector, options] of [
    ['#blank', {}],
    ['#go', { modifiers: ['Control'] }],
    ['#go', { modifiers: ['Shift'] }],
  ]) {
    const [opened] = await Promise.all([device.context.waitForEvent('page'), page.click(selector, options)]);
    await opened.close();
  }
  const [download] = await Promise.all([page.waitForEvent('download'), page.click('#load')]);
  await download.cancel();
  for (const id of ['before', 'after', 'stopped']) await page.click(`#${id}`);
  await until(async () => (await page.evaluate(() => log.length)) === 10, 'all callbacks');
  await page.evaluate(() => throughline.flush());
  assert.equal((await events(7)).length, 7);
  assert.match(page.url(), /from\.html$/);
  assert.deepEqual(
    (await page.evaluate(() => log)).filter((said) => said !== false),
    ['before', 'after', 'stopped'],
  );
  assert.deepEqual(device.problems, []);
});

test('a listener that only stops the event does not take the callback its right to prevent the link', async () => {
  const { page, to, device } = await openPage(`<div id="frame">${link}</div>`, {
    setup: "document.getElementById('frame').addEventListener('click', (e) => e.stopPropagation())",
  });
  await page.evaluate(() => {
    let first = true;
    throughline.track_links('#go', 'Clicked', null, () => {
      log.push('asked');
      const answer = !first;
      first = false;
      return answer;
    });
  });
  await page.click('#go');
  await page.waitForFunction(() => log.length === 1);
  await new Promise((resolve) => setTimeout(resolve, 300));
  assert.match(page.url(), /from\.html$/);
  await page.click('#go');
  await page.waitForURL(to);
  assert.deepEqual(device.problems, []);
});

const form = `<form id="order" action="to.html"><input name="item" value="shoe"><button id="buy" name="way" value="post">buy</button></form>`;

for (const callback of ['', ', () => { sessionStorage.setItem("said", "yes") }'])
  test(`a form is submitted after its event, with its button${callback && ', also with a callback'}`, async () => {
    const { page, to, events, device } = await openPage(form, {
      setup: 'let n = 0; document.addEventListener("submit", () => sessionStorage.setItem("heard", ++n))',
    });
    assert.equal(
      await page.evaluate(`throughline.track_forms('#order', 'Ordered', (form) => ({ p: form.id })${callback})`),
      true,
    );
    await page.click('#buy');
    await page.waitForURL(`${to}?item=shoe&way=post`);
    assert.deepEqual(await events(), [['Ordered', undefined, 'order']]);
    assert.deepEqual(await page.evaluate(() => ['heard', 'said'].map((name) => sessionStorage.getItem(name))), [
      '1',
      callback ? 'yes' : null,
    ]);
    assert.deepEqual(device.problems, []);
  });

test('a form whose inputs cover its methods is tracked and submitted', async () => {
  const inputs = [
    'submit',
    'requestSubmit',
    'addEventListener',
    'getRootNode',
    'nodeType',
    'length',
    'id',
    'hasAttribute',
  ];
  const { page, to, events, device } = await openPage(
    `<form name="order" action="to.html">${inputs.map((name) => `<input name="${name}" value="1">`).join('')}<button id="buy">buy</button></form>`,
  );
  assert.equal(await page.evaluate(() => throughline.track_forms(document.forms[0], 'Ordered', {}, () => true)), true);
  await page.evaluate(() => document.getElementById('buy').click());
  await page.waitForURL((url) => url.href.startsWith(`${to}?submit=1&`));
  assert.equal((await events()).length, 1);
  assert.deepEqual(device.problems, []);
});

test('a form that the page sends by itself is not submitted', async () => {
  const { page, events, device } = await openPage(form, {
    setup: 'document.addEventListener("submit", (e) => { e.preventDefault(); log.push("own"); })',
  });
  await page.evaluate(() => throughline.track_forms('form', 'Ordered', {}, (isTimeout) => void log.push(isTimeout)));
  await page.click('#buy');
  await page.waitForFunction(() => log.length === 2);
  await new Promise((resolve) => setTimeout(resolve, 300));
  assert.deepEqual(await page.evaluate(() => log), ['own', false]);
  assert.match(page.url(), /from\.html$/);
  await page.evaluate(() => throughline.flush());
  assert.equal((await events()).length, 1);
  assert.deepEqual(device.problems, []);
});

test('a click is delivered although the collector does not answer before the page is left', async () => {
  const { page, to, token, collector } = await openPage(link);
  proxy.rule = () => neverAnswer;
  await page.evaluate(() => throughline.track_links('#go', 'Clicked'));
  await page.click('#go');
  await page.waitForURL(to);
  proxy.rule = () => pass;
  await page.goBack();
  await page.evaluate(() => throughline.ready);
  await page.evaluate(() => throughline.flush());
  assert.equal((await collector.stored(token, 1)).length, 1);
});

test('what finds nothing warns, and nothing that is passed throws', async () => {
  const { page, device } = await openPage(
    `${link}<svg><a id="drawn" href="#drawn"><text y="20">drawn</text></a></svg><span id="span">span</span>`,
  );
  const answers = await page.evaluate(`[
    throughline.track_links('#nothing', 'A'), throughline.track_forms(), throughline.track_links(null), throughline.track_links('<<<', 'A'),
    throughline.track_links({ length: 2, 0: {}, 1: null }, 'A'), throughline.track_links({ get length() { throw 1 } }, 'A'),
    throughline.track_links([], 'A'), throughline.track_links(Symbol('x'), 'A'), throughline.track_links({ toString() { throw 1 } }, 'A'),
  ].map((answer) => answer === undefined)`);
  assert.deepEqual(answers, Array(9).fill(true));
  assert.match(page.warnings.join(), /no_elements\] track_links\(#nothing\) found no such element/);
  await page.evaluate(() => {
    for (const element of document.querySelectorAll('a, span')) {
      Object.defineProperty(element, 'target', {
        get() {
          throw new Error('target');
        },
      });
      if (element.id !== 'drawn')
        Object.defineProperty(element, 'href', {
          get() {
            throw new Error('href');
          },
        });
    }
    throughline.track_links(
      'a, span',
      'Clicked',
      {
        get p() {
          throw new Error('p');
        },
      },
      () => false,
    );
    throughline.track_links(
      'a',
      Symbol('no name'),
      new Proxy(
        {},
        {
          ownKeys() {
            throw new Error('keys');
          },
        },
      ),
    );
  });
  await page.evaluate(() => {
    document.addEventListener('click', (e) => e.preventDefault());
    for (const id of ['span', 'go', 'drawn'])
      document.getElementById(id).dispatchEvent(new MouseEvent('click', { bubbles: true, cancelable: true }));
  });
  assert.deepEqual(device.problems, []);
});

test("selectors that mixpanel-browser's own rules allow and CSS does not are understood", async () => {
  const { page } = await openPage('<a id="1st" data-n="5" href="#1">one</a>');
  assert.deepEqual(
    await page.evaluate(() => ['#1st', 'a#1st', 'a[data-n=5]'].map((query) => throughline.track_links(query, 'A'))),
    [true, true, true],
  );
});

test('throughline/mixpanel: links and forms go on after their event, and while the visitor is opted out too', async () => {
  const { collector, site } = environment;
  const token = environment.token();
  const device = await environment.device();
  site.page(`/${token}/to.html`, 'arrived');
  const to = `${site.url}/${token}/to.html`;
  const from = site.page(`/${token}/face.html`, `${link}${form}${mixpanelTag(token, { api_host: collector.url })}`);
  const page = await device.open(from);
  const open = async (script) => {
    await page.goto(from);
    await page.evaluate(() => window.isReady);
    return page.evaluate(script);
  };
  const setUp = `[
    mixpanel.track_links('#go', 'Clicked', (element) => ({ p: element.id }), (isTimeout, props) => sessionStorage.setItem('said', [isTimeout, props.p])),
    mixpanel.track_forms('form', 'Ordered', { p: 1 }, () => {}),
    mixpanel.track_links('#nothing', 'A') ?? 'undefined',
  ]`;
  assert.deepEqual(await open(setUp), [true, true, 'undefined']);
  await page.click('#go');
  await page.waitForURL(to);
  assert.equal(await page.evaluate(() => sessionStorage.getItem('said')), 'false,go');
  await open(setUp);
  await page.click('#buy');
  await page.waitForURL(`${to}?item=shoe&way=post`);
  assert.deepEqual(
    (await collector.stored(token, 2)).map(({ event, properties }) => [event, properties.url, properties.p]),
    [
      ['Clicked', to, 'go'],
      ['Ordered', undefined, 1],
    ],
  );
  assert.deepEqual(await open(`mixpanel.opt_out_tracking(); ${setUp}`), [true, true, 'undefined']);
  await page.click('#go');
  await page.waitForURL(to);
  assert.equal((await collector.events(token)).length, 2);
  assert.deepEqual(device.problems, []);
});
