// One visitor of the soak: browses, signs up, leaves in every way there is, and says what it tracked.

import { setTimeout as sleep } from 'node:timers/promises';

/** Page code: tracks events named by a mark and a number. */
export const stepsScript = `window.steps = (mark, from, count, how) => {
  for (let n = from; n < from + count; n++) throughline.track('Step', { n: mark + '-' + n, how });
};`;

/** The id that a visitor's account gets when it signs up. */
export const accountOf = (visitor) => `account-${visitor}`;

/**
 * Visits until `ended()`. `device` is a browser context, or one of a browser of its own, which can be killed; `kill` does that and
 * returns the next. `tracked` gets the name of every event that was accepted.
 */
export async function soak({ visitor, device, kill, page, away, random, tracked, isOver }) {
  let number = 0;
  const timesLeft = new Map(); // way of leaving -> times
  let context = device;

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
    await Promise.all([tab.waitForURL(away), tab.evaluate(code).catch(() => {})]); // It is gone before it can answer.
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
        cdp.send('Page.crash').catch(() => {}); // Nobody is left to answer.
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
        await sleep(4000); // What is older than about a second outlives it.
        context = await kill();
      },
    ]);

  const signUpAt = random.between(2, 6);
  for (let visit = 1; !isOver() || visit <= signUpAt; visit++) {
    const tab = await open();
    if (random.next() < 0.7) await tab.evaluate(() => throughline.ready);
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
