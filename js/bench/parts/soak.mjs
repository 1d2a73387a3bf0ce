// Tests reliability over a long time: several visitors use a site while the network fails, tabs and browsers are killed, and the collector
// is killed and restarted. At the end every event that was tracked must be stored exactly once, and no other event.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { chromium } from 'playwright-core';
import { args, executablePath, openDevice } from '../../test/harness/browser.mjs';
import { startCollector } from '../../test/harness/collector.mjs';
import { dropAnswer, neverAnswer, pass, reset, startFaultyProxy, status } from '../../test/harness/faulty-proxy.mjs';
import { scriptTag, startSite } from '../../test/harness/site.mjs';
import { createRandom } from '../setup/random.mjs';
import { accountOf, soak, stepsScript } from '../setup/soak-visitor.mjs';

const visitors = 5; // with contexts of one browser
const killedBrowsers = 1; // with their own browser, which is killed
const token = 'soak';
const busy = { 'Retry-After': '1' };

export default async function soakPart({ minutes, seed = Math.floor(Math.random() * 2 ** 31) }) {
  console.log(`soak: ${minutes} minutes, seed ${seed}`);
  const [collector, site] = await Promise.all([startCollector(), startSite()]);
  const proxy = await startFaultyProxy(collector.url);
  const random = createRandom(seed);
  const answers = new Map();
  proxy.rule = () => {
    const [name, answer] = random.pick(faults);
    answers.set(name, (answers.get(name) ?? 0) + 1);
    proxy.requests.length = 0; // So that the bodies of ten minutes do not fill the memory.
    return answer;
  };
  const away = site.page('/away.html', 'away');
  const page = site.page(
    '/shop.html',
    `${scriptTag(token, { api_host: proxy.url }, stepsScript)}<a id="away" href="${away}">away</a>`,
  );

  const browser = await chromium.launch({ executablePath, args, headless: true });
  const folders = [];
  const problems = [];
  const warnings = new Map();
  const watch = (context) => {
    context.on('page', (opened) => {
      opened.on('pageerror', (error) => problems.push(error.stack ?? String(error)));
      opened.on('console', (message) => {
        const code = /^Throughline \[(\w+)\]/.exec(message.text())?.[1];
        if (code) warnings.set(code, (warnings.get(code) ?? 0) + 1);
      });
    });
    return context;
  };

  const until = Date.now() + minutes * 60_000;
  const isOver = () => Date.now() > until;
  const tracked = new Map();
  const collectorKills = killRepeatedly(collector, createRandom(seed + 1), isOver);
  const running = [];
  for (let n = 0; n < visitors + killedBrowsers; n++) {
    const common = { visitor: `v${n}`, page, away, random: createRandom(seed + 2 + n), tracked, isOver };
    if (n < visitors) {
      running.push(soak({ ...common, device: watch(await browser.newContext()) }));
      continue;
    }
    const profile = mkdtempSync(join(tmpdir(), 'throughline-soak-'));
    folders.push(profile);
    let device = await openDevice({ profile });
    const kill = async () => {
      await device.kill();
      device = await openDevice({ profile });
      return watch(device.context);
    };
    running.push(soak({ ...common, device: watch(device.context), kill }));
  }
  const results = await Promise.all(running);
  const killed = await collectorKills;

  // The faults end, and each visitor opens one more page, which delivers what is left.
  proxy.rule = () => pass;
  for (const { context } of results) await lastVisit(context, page);
  const result = checkEvents(tracked, await readAllEvents(collector.url));
  const all = Array.from({ length: visitors + killedBrowsers }, (_, n) => `v${n}`);
  const resolved = await Promise.all(all.map((visitor) => collector.person(token, accountOf(visitor))));
  const signedUp = all.filter((visitor, n) => result.ids.has(`${visitor} ${resolved[n].person}`)).length;

  for (const { context } of results) await context.close();
  await browser.close();
  await proxy.stop();
  await Promise.all([collector.stop(), site.stop()]);
  for (const folder of folders) rmSync(folder, { recursive: true, force: true, maxRetries: 5 });

  const ways = new Map();
  for (const { timesLeft } of results)
    for (const [way, times] of timesLeft) ways.set(way, (ways.get(way) ?? 0) + times);
  const isCorrect =
    !result.lost.length &&
    !result.twice.length &&
    !result.unexpected.length &&
    !result.repeated.length &&
    result.signUps === 2 * all.length &&
    result.ids.size === all.length &&
    signedUp === all.length;
  if (!isCorrect || problems.length) {
    process.exitCode = 1;
    console.error(
      JSON.stringify({ ...result, ids: [...result.ids], resolved, problems: problems.slice(0, 5) }, undefined, 1),
    );
  }
  return {
    title: `Soak: ${minutes} minutes`,
    columns: [{ key: 'value', title: '', digits: 0 }],
    rows: [
      { name: 'visitors', value: all.length },
      { name: 'visits', value: [...ways.values()].reduce((sum, times) => sum + times, 0) },
      { name: 'how they ended', value: formatCounts(ways) },
      { name: 'requests, and how they were answered', value: formatCounts(answers) },
      { name: 'collector killed and started again', value: killed },
      { name: 'events tracked', value: tracked.size },
      { name: 'stored once', value: result.once },
      { name: 'lost', value: result.lost.length },
      { name: 'stored twice', value: result.twice.length },
      { name: 'stored but never tracked', value: result.unexpected.length },
      { name: 'insert ids stored twice', value: result.repeated.length },
      { name: 'sign-ups: aliases and identifications stored once', value: result.signUps },
      { name: 'visitors who became two', value: result.ids.size - all.length },
      { name: 'accounts that are their visitor’s person', value: signedUp },
      { name: 'exceptions in pages', value: problems.length },
      { name: 'warnings', value: formatCounts(warnings) || 'none' },
    ],
  };
}

// The faults and their weights: half of all requests pass.
const faults = [
  [50, ['passed', pass]],
  [10, ['broken', reset]],
  [10, ['answer lost', dropAnswer]],
  [10, ['503', status(503)]],
  [5, ['503 of a load balancer', status(503, {}, { opaque: true })]],
  [6, ['429', status(429, busy)]],
  [5, ['500', status(500)]],
  [2, ['413', status(413)]],
  [2, ['never answered', neverAnswer]],
];

const formatCounts = (counts) => [...counts].map(([name, count]) => `${name} ${count}`).join(', ');

// Kills the collector every few seconds and starts it again. Resolves to the number of times, at the end and with the collector running.
async function killRepeatedly(collector, random, isOver) {
  let times = 0;
  while (!isOver()) {
    await sleep(random.between(2000, 12_000));
    await collector.kill();
    times++;
    await sleep(random.between(0, 2000));
    await collector.start();
  }
  return times;
}

async function lastVisit(context, page) {
  await context.setOffline(false);
  const tab = await context.newPage();
  await tab.goto(page);
  for (const until = Date.now() + 180_000; Date.now() < until; await sleep(500))
    if (await tab.evaluate(() => throughline.flush())) break;
  await tab.close();
}

async function readAllEvents(url) {
  const all = [];
  for (let before = ''; ; ) {
    const answer = await fetch(`${url}/api/events?token=${token}&limit=1000${before}`);
    const { events } = await answer.json();
    if (!events.length) return all;
    all.push(...events);
    before = `&before=${events.at(-1).id}`;
  }
}

// Compares the stored with the tracked events. Also returns each visitor's distinct_ids, and counts sign-ups and finds repeated insert ids.
function checkEvents(tracked, stored) {
  const counts = new Map();
  const ids = new Set();
  const signUps = new Map();
  const insertIDs = new Map(); // insert id -> names and distinct_ids of the events that have it
  const unexpected = [];
  for (const { event, distinct_id, properties } of stored) {
    const name = properties.n;
    const id = properties.$insert_id;
    insertIDs.set(id, [...(insertIDs.get(id) ?? []), `${name ?? event} ${distinct_id}`]);
    if (event === '$create_alias' || event === '$identify') {
      const outputOf = `${event} ${properties.alias ?? distinct_id}`;
      signUps.set(outputOf, (signUps.get(outputOf) ?? 0) + 1);
    } else if (event !== 'Step' || !tracked.has(name)) unexpected.push([event, name]);
    else {
      counts.set(name, (counts.get(name) ?? 0) + 1);
      ids.add(`${name.split('-')[0]} ${distinct_id}`);
    }
  }
  return {
    once: [...counts.values()].filter((count) => count === 1).length,
    lost: [...tracked].filter(([name]) => !counts.has(name)),
    twice: [...counts, ...signUps].filter(([, count]) => count > 1),
    signUps: signUps.size,
    repeated: [...insertIDs].filter(([, events]) => events.length > 1),
    unexpected,
    ids,
  };
}
