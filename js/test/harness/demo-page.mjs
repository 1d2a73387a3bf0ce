// Drives the demo page.

import { until } from './collector.mjs';

/** Opens the demo with a project, and waits until the core and Live View run. */
export async function openDemo(device, { url }, project, query = '') {
  const page = await device.open(`${url}/?demo=${project}${query}`);
  await page.waitForSelector('[data-testid=core][data-state=running]');
  await waitForConnection(page, 'live');
  return page;
}

/** Waits until Live View shows that its connection is in a state. */
export async function waitForConnection(page, state) {
  await page.waitForSelector(`[data-testid=connection][data-state=${state}]`);
}

/** Returns the event, the person and the look of each row, newest first. */
export function rows(page) {
  return page.$$eval('[data-testid=event-row]', (rows) =>
    rows.map(({ dataset, textContent }) => ({
      event: dataset.event,
      distinctId: dataset.distinctId,
      person: dataset.person,
      mark: `${dataset.hue}/${dataset.shape}`,
      text: textContent,
    })),
  );
}

/** Clicks a button, and waits until there are this many rows. */
export async function pressAndWait(page, testID, count) {
  await page.click(`[data-testid=${testID}]`);
  return waitForRows(page, count);
}

/** Waits until there are exactly this many rows, and returns them. */
export async function waitForRows(page, count) {
  let shown = [];
  await until(
    async () => {
      shown = await rows(page);
      return shown.length === count;
    },
    `${count} rows`,
    () => JSON.stringify(shown.map(({ event }) => event)),
  );
  return shown;
}

/** Sends events to the endpoint that Mixpanel's clients use, in batches. */
export async function sendEvents({ url }, events, batch = 50) {
  for (let i = 0; i < events.length; i += batch) {
    const body = new URLSearchParams({ data: JSON.stringify(events.slice(i, i + batch)) });
    const answer = await fetch(`${url}/track/?verbose=1`, { method: 'POST', body });
    const { status, error } = await answer.json();
    if (status !== 1) throw new Error(error);
  }
}
