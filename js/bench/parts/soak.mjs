// Many visitors for many minutes, while the line fails, tabs and browsers die, and the collector is killed and started again. At the
// end every event that a page tracked must be stored, once, and nothing else.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { chromium } from 'playwright-core';
import { args, executablePath, openDevice } from '../../test/harness/browser.mjs';
import { startCollector } from '../../test/harness/collector.mjs';
import { loseAnswer, never, pass, reset, startFlaky, status } from '../../test/harness/flaky.mjs';
import { scriptTag, startSite } from '../../test/harness/site.mjs';
import { chance } from '../world/random.mjs';
import { accountOf, soak, stepper } from '../world/soaker.mjs';

const visitors = 5; // in contexts of one browser
const mortals = 1; // with a browser of their own, which is killed
const token = 'soak';
const busy = { 'Retry-After': '1' };

export default async function soaking({ minutes, seed = Math.floor(Math.random() * 2 ** 31) }) {
  console.log(`soak: ${minutes} minutes, seed ${seed}`);
  const [collector, site] = await Promise.all([startCollector(), startSite()]);
  const line = await startFlaky(collector.url);
  const luck = chance(seed);
  const answers = new Map();
  line.rule = () => {
    const [name, answer] = luck.pick(faults);
    answers.set(name, (answers.get(name) ?? 0) + 1);
    line.requests.length = 0; // Ten minutes of bodies are much.
    return answer;
  };
  const away = site.page('/away.html', 'away');
  const page = site.page(
    '/shop.html',
    `${scriptTag(token, { api_host: line.url }, stepper)}<a id="away" href="${away}">away</a>`,
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
  const ended = () => Date.now() > until;
  const tracked = new Map();
  const kills = killing(collector, chance(seed + 1), ended);
  const running = [];
  for (let n = 0; n < visitors + mortals; n++) {
    const common = { visitor: `v${n}`, page, away, chance: chance(seed + 2 + n), tracked, ended };
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
  const killed = await kills;

  // The faults end; each visitor comes once more.
  line.rule = () => pass;
  for (const { context } of results) await lastVisit(context, page);
  const verdict = account(tracked, await everything(collector.url));
  const all = Array.from({ length: visitors + mortals }, (_, n) => `v${n}`);
  const resolved = await Promise.all(all.map((visitor) => collector.person(token, accountOf(visitor))));
  const signedUp = all.filter((visitor, n) => verdict.ids.has(`${visitor} ${resolved[n].person}`)).length;

  for (const { context } of results) await context.close();
  await browser.close();
  await line.stop();
  await Promise.all([collector.stop(), site.stop()]);
  for (const folder of folders) rmSync(folder, { recursive: true, force: true, maxRetries: 5 });

  const ways = new Map();
  for (const { done } of results) for (const [way, times] of done) ways.set(way, (ways.get(way) ?? 0) + times);
  const sound =
    !verdict.lost.length &&
    !verdict.twice.length &&
    !verdict.strays.length &&
    !verdict.repeated &&
    verdict.signUps === 2 * all.length &&
    verdict.ids.size === all.length &&
    signedUp === all.length;
  if (!sound || problems.length) {
    process.exitCode = 1;
    console.error(
      JSON.stringify({ ...verdict, ids: [...verdict.ids], resolved, problems: problems.slice(0, 5) }, undefined, 1),
    );
  }
  return {
    title: `Soak: ${minutes} minutes`,
    columns: [{ key: 'value', title: '', digits: 0 }],
    rows: [
      { name: 'visitors', value: all.length },
      { name: 'visits', value: [...ways.values()].reduce((sum, times) => sum + times, 0) },
      { name: 'how they ended', value: listed(ways) },
      { name: 'requests, and how they were answered', value: listed(answers) },
      { name: 'collector killed and started again', value: killed },
      { name: 'events tracked', value: tracked.size },
      { name: 'stored once', value: verdict.once },
      { name: 'lost', value: verdict.lost.length },
      { name: 'stored twice', value: verdict.twice.length },
      { name: 'stored but never tracked', value: verdict.strays.length },
      { name: 'insert ids stored twice', value: verdict.repeated },
      { name: 'sign-ups: aliases and identifications stored once', value: verdict.signUps },
      { name: 'visitors who became two', value: verdict.ids.size - all.length },
      { name: 'accounts that are their visitor’s person', value: signedUp },
      { name: 'exceptions in pages', value: problems.length },
      { name: 'warnings', value: listed(warnings) || 'none' },
    ],
  };
}

// Half of what is sent meets a fault.
const faults = [
  [50, ['passed', pass]],
  [10, ['broken', reset]],
  [10, ['answer lost', loseAnswer]],
  [10, ['503', status(503)]],
  [5, ['503 of a load balancer', status(503, {}, { opaque: true })]],
  [6, ['429', status(429, busy)]],
  [5, ['500', status(500)]],
  [2, ['413', status(413)]],
  [2, ['never answered', never]],
];

const listed = (counts) => [...counts].map(([name, count]) => `${name} ${count}`).join(', ');

// Kills the collector every few seconds. Resolves, once the time has come and it runs, to how often.
async function killing(collector, luck, ended) {
  let times = 0;
  while (!ended()) {
    await sleep(luck.between(2000, 12_000));
    await collector.kill();
    times++;
    await sleep(luck.between(0, 2000));
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

async function everything(url) {
  const all = [];
  for (let before = ''; ; ) {
    const answer = await fetch(`${url}/api/events?token=${token}&limit=1000${before}`);
    const { events } = await answer.json();
    if (!events.length) return all;
    all.push(...events);
    before = `&before=${events.at(-1).id}`;
  }
}

// What became of every event, the ids that each visitor's events carry, and how often each sign-up and each insert id is stored.
function account(tracked, stored) {
  const counts = new Map();
  const ids = new Set();
  const signUps = new Map();
  const insertIDs = new Set();
  const strays = [];
  for (const { event, distinct_id, properties } of stored) {
    const name = properties.n;
    insertIDs.add(properties.$insert_id);
    if (event === '$create_alias' || event === '$identify') {
      const said = `${event} ${properties.alias ?? distinct_id}`;
      signUps.set(said, (signUps.get(said) ?? 0) + 1);
    } else if (event !== 'Step' || !tracked.has(name)) strays.push([event, name]);
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
    repeated: stored.length - insertIDs.size,
    strays,
    ids,
  };
}
