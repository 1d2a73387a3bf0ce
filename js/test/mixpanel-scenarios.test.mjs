// Every method and option of mixpanel-browser, by scenarios that run in Chromium against npm mixpanel-browser and against throughline/mixpanel.
// What reached the server, what is stored under Mixpanel's names, what each call returned and what callbacks got must be the same, except for what
// mixpanel-scenarios/differences.mjs says.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after } from 'node:test';
import { chromium } from 'playwright-core';
import { test } from './harness/bounded-test.mjs';
import { args, executablePath } from './harness/browser.mjs';
import { dist } from './harness/collector.mjs';
import { bundleMixpanel } from './harness/mixpanel-bundle.mjs';
import { before } from './harness/ordered-hooks.mjs';
import { startRecordingServer } from './harness/recording-server.mjs';
import { differences as differencesOf, libraries, runTopic } from './harness/scenarios.mjs';
import { startSite } from './harness/site.mjs';
import { differences as intended, table } from './mixpanel-scenarios/differences.mjs';
import { topics } from './mixpanel-scenarios/index.mjs';

const environment = {};
const found = new Set();
const face = `import mixpanel from '/lib/throughline.mixpanel.mjs';
window.startCore = (url) => {
  mixpanel.init('warm', { api_host: url + '/warm' }, 'warm');
  return mixpanel.ready;
};
window.mixpanel = mixpanel;`;

before(async () => {
  const script = await bundleMixpanel();
  const answer = (text) => (_request, response) =>
    response.writeHead(200, { 'Content-Type': 'text/javascript' }).end(text);
  environment.site = await startSite({ answers: { '/mixpanel.js': answer(script), '/face.js': answer(face) } });
  environment.server = await startRecordingServer();
  environment.browser = await chromium.launch({ executablePath, args, headless: true });
});

after(async () => {
  await environment.browser?.close();
  await environment.site?.stop();
  await environment.server?.stop();
});

/** Returns the row of the table that a difference is meant by. */
const rowOf = (scenario, library, { path }) =>
  intended.find(
    (row) =>
      (!row.in || row.in.test(scenario)) &&
      (!row.library || row.library === library) &&
      new RegExp(`^(${row.at})$`).test(path),
  );

for (const [topic, definition] of Object.entries(topics))
  test(`${topic}: ${Object.keys(definition.scenarios).length} scenarios as with mixpanel-browser`, async (t) => {
    const run = (library) => runTopic(definition, library, environment);
    const [theirs, ready, early] = await Promise.all(Object.keys(libraries).map(run));
    for (const [library, ours] of Object.entries({ ready, early }))
      for (const name of Object.keys(definition.scenarios))
        await t.test(`${name}${library === 'early' ? ', before the core runs' : ''}`, () => {
          // Before the core runs, calls return and store less. What they send must be the same.
          const pick = (observed) => (library === 'early' ? { requests: observed.requests } : observed);
          const unknown = differencesOf(pick(theirs[name]), pick(ours[name])).filter((difference) => {
            const row = rowOf(`${topic}: ${name}`, library, difference);
            if (row) found.add(row);
            return !row;
          });
          assert.deepEqual(unknown, []);
        });
  });

test('every difference in the table is found', () => {
  assert.deepEqual(
    intended.filter((row) => !found.has(row)).map(({ what }) => what),
    [],
  );
});

test('docs/mixpanel-differences.md has the table', () => {
  assert.ok(readFileSync(join(dist, '..', 'docs', 'mixpanel-differences.md'), 'utf8').includes(table()));
});
