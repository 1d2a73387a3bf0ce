// Every method and option of mixpanel-browser, by scenarios that run in Chromium against npm mixpanel-browser and against throughline/mixpanel.
// What reached the server, what is stored under Mixpanel's names, what each call returned and what callbacks got must be the same, except for what
// mixpanel-scenarios/differences.mjs says.

import assert from 'node:assert/strict';
import { after, before } from 'node:test';
import { chromium } from 'playwright-core';
import { test } from './harness/bounded-test.mjs';
import { args, executablePath } from './harness/browser.mjs';
import { bundleMixpanel } from './harness/mixpanel-bundle.mjs';
import { startRecordingServer } from './harness/recording-server.mjs';
import { differences as differencesOf, runTopic } from './harness/scenarios.mjs';
import { startSite } from './harness/site.mjs';
import { differences as intended } from './mixpanel-scenarios/differences.mjs';
import { topics } from './mixpanel-scenarios/index.mjs';

const environment = {};
const found = new Map(intended.map((row) => [row, []]));
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
const rowOf = (name, library, { path }) =>
  intended.find(
    (row) =>
      (!row.in || row.in.includes(name)) &&
      (!row.library || row.library === library) &&
      new RegExp(`^${row.at}$`).test(path),
  );

for (const [topic, definition] of Object.entries(topics))
  test(`${topic}: ${Object.keys(definition.scenarios).length} scenarios as with mixpanel-browser`, async (t) => {
    const theirs = await runTopic(definition, 'mixpanel', environment);
    for (const library of ['ready', 'early']) {
      const ours = await runTopic(definition, library, environment);
      for (const name of Object.keys(definition.scenarios))
        await t.test(`${name}${library === 'early' ? ', before the core runs' : ''}`, () => {
          const pick = (observed) => (library === 'early' ? { requests: observed.requests } : observed);
          const all = differencesOf(pick(theirs[name]), pick(ours[name]));
          const unknown = all.filter((difference) => {
            const row = rowOf(name, library, difference);
            if (row) found.get(row).push(name);
            return !row;
          });
          assert.deepEqual(unknown, []);
        });
    }
  });

test('every difference in the table is found', () => {
  const gone = intended.filter((row) => {
    const names = found.get(row);
    return row.in ? row.in.some((name) => !names.includes(name)) : !names[0];
  });
  assert.deepEqual(gone, []);
});
