// One visitor of the soak, who browses, signs up, and leaves pages in every possible way.

import { setTimeout as sleep } from 'node:timers/promises';

/** Page code that defines `steps`, which tracks events numbered after a mark. */
export const stepsScript = `window.steps = (mark, from, count, how) => {
  for (let n = from; n < from + count; n++) throughline.track('Step', { n: mark + '-' + n, how });
};`;

/** Returns the id of a visitor's account. */
export const accountOf = (visitor) => `account-${visitor}`;

/**
 * Visits pages until `isOver()`. `device` is a browser context. If its browser can be killed, `kill` does so and resolves to the context
 * of a new one. Every event that is tracked is added to `tracked`.
 */
export async function soak({ visitor, device, kill, page, away, random, tracked, isOver }) {
  let number = 0;
  const timesLeft = new Map(); // way of leaving -> times
  let context = device;
  let wasKilled = false; // the browser, at the end of the last visit

  const steps = (how, max = 30) => {
    const count = random.between(1, max);
    const call = `steps(${JSON.stringify(visitor)}, ${number}, ${count}, ${JSON.stringify(how)});`;
    for (let n = number; n < number + count; n++) tracked.set(`${visitor}-${n}`, how);
    number += count;
    return call;
  };
  const open = async () => {
    const opened = await context.newPage();
    await opened.goto(page);
    return opened;
  };
  const leaveBy = async (tab, code) => {
    await Promise.all([tab.waitForURL(away), tab.evaluate(code).catch(() => {})]); // Rejects, because the page is left before the evaluation returns.
    await tab.close();
  };

  const waysToLeave = [
    [3, 'link', (tab) => leaveBy(tab, `${steps('link')} document.querySelector('#away').click();`)],
    [3, 'location', (tab) => leaveBy(tab, `${steps('location')} location = ${JSON.stringify(away)};`)],
    [
      3,
      'close',
      async (tab) => {
        await tab.evaluate(steps('close'));
        await tab.close();
      },
    ],
    [
      2,
      'reload',
      async (tab) => {
        await tab.evaluate(steps('reload'));
        await tab.reload();
        await tab.evaluate(steps('reloaded'));
        await tab.close();
      },
    ],
    [
      2,
      'killed tab',
      async (tab) => {
        await tab.evaluate(steps('killed tab'));
        const crashed = tab.waitForEvent('crash');
        const cdp = await context.newCDPSession(tab);
        cdp.send('Page.crash').catch(() => {}); // Rejects, because the tab crashes.
        await crashed;
        await tab.close();
      },
    ],
    [
      2,
      'offline',
      async (tab) => {
        await context.setOffline(true);
        await tab.evaluate(steps('offline'));
        await sleep(random.between(0, 3000));
        await context.setOffline(false);
        await tab.evaluate(steps('online'));
        await sleep(random.between(0, 1000));
        await tab.close();
      },
    ],
    [
      2,
      'two tabs',
      async (tab) => {
        const other = await open();
        await Promise.all([tab.evaluate(steps('two tabs')), other.evaluate(steps('two tabs'))]);
        await tab.close();
        await other.evaluate(steps('the other tab'));
        await other.close();
      },
    ],
    [
      1,
      'stays',
      async (tab) => {
        for (let n = 0; n < 5; n++) {
          await tab.evaluate(steps('stays', 100));
          await sleep(random.between(0, 1500));
        }
        await tab.close();
      },
    ],
  ];
  if (kill)
    waysToLeave.push([
      2,
      'killed browser',
      async (tab) => {
        await tab.evaluate(steps('killed browser'));
        await sleep(4000); // Events are safe from a killed browser after about a second, when they are in IndexedDB.
        context = await kill();
        wasKilled = true;
      },
    ]);

  const signUpAt = random.between(2, 6);
  for (let visit = 1; !isOver() || visit <= signUpAt; visit++) {
    const tab = await open();
    // A page that is left before the library has loaded does not know a visitor whom a killed browser has lost: docs/limits.md.
    if (random.next() < 0.7 || wasKilled) await tab.evaluate(() => throughline.ready);
    wasKilled = false;
    if (visit === signUpAt)
      await tab.evaluate((account) => {
        throughline.alias(account);
        throughline.identify(account);
      }, accountOf(visitor));
    const [, way, leave] = random.pick(waysToLeave.map((each) => [each[0], each]));
    await leave(tab);
    timesLeft.set(way, (timesLeft.get(way) ?? 0) + 1);
    await sleep(random.between(0, 300));
  }
  return { timesLeft, context };
}
