// Counts how many of 50 events are stored when something goes wrong, at once and after the next visit.

import { setTimeout as sleep } from 'node:timers/promises';
import { startCollector } from '../../test/harness/collector.mjs';
import { dropAnswer, pass, reset, status } from '../../test/harness/faulty-proxy.mjs';
import { startSite } from '../../test/harness/site.mjs';
import { baseline, libraries } from '../setup/libraries.mjs';
import { openVisitor } from '../setup/visitor.mjs';

const events = 50;
const deliverySeconds = 3; // seconds to wait for requests that are on their way
const nextVisitSeconds = 15; // seconds of the next visit at most, which is three of Mixpanel's flush intervals

// Each scenario tracks 50 events and leaves the page. The stored events are counted afterwards.
const scenarios = {
  'left at once by a link': (visitor) => leavePage(visitor, 'document.querySelector("#away").click()'),
  'left at once by location =': (visitor) => leavePage(visitor, 'location = document.querySelector("#away").href'),
  async 'tab closed at once'(visitor) {
    const opener = await visitor.device.open(visitor.away);
    const tab = visitor.page('tab', { next: `tracker.ready().then(() => { steps(${events}); close(); })` });
    const opened = visitor.device.context.waitForEvent('page');
    await opener.evaluate((address) => void open(address), tab);
    const page = await opened;
    if (!page.isClosed()) await page.waitForEvent('close');
  },
  async 'left before it had loaded'(visitor) {
    const next = `steps(${events}); location = ${JSON.stringify(visitor.away)};`;
    const page = await visitor.device.open(visitor.page('hasty', { next }));
    await page.waitForURL(visitor.away);
  },
  async 'tab’s process killed'(visitor) {
    const page = await visitor.open();
    await page.evaluate((count) => steps(count), events);
    await visitor.device.killTabs(page);
  },
  async 'browser killed after 2 s, nobody answered till then'(visitor) {
    visitor.proxy.rule = () => reset;
    const page = await visitor.open();
    await page.evaluate((count) => steps(count), events);
    await sleep(2000);
    await visitor.device.kill();
    visitor.proxy.rule = () => pass;
    await visitor.restart();
  },
  async '503 for ten seconds, then left'(visitor) {
    visitor.proxy.rule = () => status(503);
    const page = await visitor.open();
    await page.evaluate((count) => steps(count), events);
    await sleep(10_000);
    visitor.proxy.rule = () => pass;
    await sleep(5000);
    await page.goto(visitor.away);
  },
  async 'an answer lost'(visitor) {
    let lost = false;
    visitor.proxy.rule = ({ events }) => {
      if (lost || !events.length) return pass;
      lost = true;
      return dropAnswer;
    };
    const page = await visitor.open();
    await page.evaluate((count) => steps(count), events);
    await sleep(8000);
    await page.goto(visitor.away);
  },
  async 'storage full'(visitor) {
    const before = `for (let size = 2 ** 21; size >= 1; size /= 2)
      try { for (let n = 0; ; n++) localStorage.setItem('fill' + size + '-' + n, 'x'.repeat(size)); } catch {}`;
    const page = await visitor.open({ before });
    await page.evaluate((count) => steps(count), events);
    await sleep(8000);
    await page.goto(visitor.away);
  },
};

async function leavePage(visitor, leaveCode) {
  const page = await visitor.open();
  await Promise.all([
    page.waitForURL(visitor.away),
    page.evaluate(`steps(${events}); ${leaveCode}`).catch(() => {}), // Rejects, because the page is left before the evaluation returns.
  ]);
}

export default async function delivery({ rounds = 2 }) {
  const [collector, site, all] = await Promise.all([startCollector(), startSite(), libraries()]);
  const measured = all.filter(({ name }) => ['throughline', baseline].includes(name));
  const rows = [];
  try {
    for (const [name, scenario] of Object.entries(scenarios)) {
      const row = { name };
      for (const library of measured) row[library.name] = await runScenario(library, scenario);
      rows.push(row);
    }
    const row = { name: 'two tabs at once on a new browser, 10 times' };
    for (const library of measured) row[library.name] = await runTabPairs(library);
    rows.push(row);
  } finally {
    await Promise.all([collector.stop(), site.stop()]);
  }
  return {
    title: `What becomes of ${events * rounds} events`,
    columns: measured.map(({ name }) => ({ key: name, title: name })),
    rows,
    note: `Stored at once → after the next visit, of ${events} events in each of ${rounds} rounds; every insert id once.`,
  };

  async function runScenario(library, scenario) {
    let first = 0;
    let later = 0;
    for (let round = 0; round < rounds; round++) {
      const visitor = await openVisitor({ library, collector, site });
      await scenario(visitor);
      first += await visitor.countStored(events, deliverySeconds);
      await visitor.open();
      later += await visitor.countStored(events, nextVisitSeconds);
      await visitor.close();
    }
    return first === later ? `${first}` : `${first} → ${later}`;
  }

  async function runTabPairs(library) {
    let agreed = 0;
    for (let pair = 0; pair < 10; pair++) {
      const visitor = await openVisitor({ library, collector, site });
      const address = visitor.page('tab', { next: 'steps(1)' });
      await Promise.all([visitor.device.open(address), visitor.device.open(address)]);
      await visitor.countStored(2, nextVisitSeconds);
      if (new Set((await visitor.stored()).map(({ distinct_id }) => distinct_id)).size === 1) agreed++;
      await visitor.close();
    }
    return `${agreed} of 10 one visitor`;
  }
}
