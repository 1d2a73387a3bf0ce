// The demo page as its visitor sees it.

import { until } from './collector.mjs';

/** Opens the demo on a project of that name, and waits until it runs. */
export async function openDemo(device, { url }, project, query = '') {
  const page = await device.open(`${url}/?demo=${project}${query}`);
  await page.waitForSelector('[data-testid=core][data-state=running]');
  await waitForConnection(page, 'live');
  return page;
}

/** Waits until Live View says that its connection is in this state. */
export async function waitForConnection(page, state) {
  await page.waitForSelector(`[data-testid=connection][data-state=${state}]`);
}

/** The rows on show, newest first: what each is, whose, and what it looks like. */
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

/** Presses a button and waits until this many rows are on show. */
export async function pressAndWait(page, testID, count) {
  await page.click(`[data-testid=${testID}]`);
  return waitForRows(page, count);
}

/** Waits until exactly this many rows are on show, and returns them. */
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

/** Sends events through the door that Mixpanel's clients use. */
export async function sendEvents({ url }, events) {
  const body = new URLSearchParams({ data: JSON.stringify(events) });
  const answer = await fetch(`${url}/track/?verbose=1`, { method: 'POST', body });
  const { status, error } = await answer.json();
  if (status !== 1) throw new Error(error);
}
