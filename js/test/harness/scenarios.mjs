// Runs scenarios against a library in a real browser, and makes what they observed comparable.

import { randomBytes } from 'node:crypto';
import { until } from './collector.mjs';
import { installScenarios } from './scenario-page.mjs';

const quietTime = 250; // Milliseconds without a request, after which no more is expected once all were received and answered.
const maxTogether = 60; // Browsers keep at most 180 cookies of a site.
const uuid = /[0-9a-f]{6,}-[0-9a-f]{4,}-[0-9a-f-]{4,}/gi;

/** The ways in which a library can be run. `early` means that the core is not awaited. */
export const libraries = {
  mixpanel: { script: '<script src="/mixpanel.js"></script>' },
  ready: { script: '<script type="module" src="/face.js"></script>' },
  early: { script: '<script type="module" src="/face.js"></script>', isEarly: true },
};

/** Returns the options and steps of a scenario, as texts. */
const complete = (scenario) => {
  const [config, ...steps] = Array.isArray(scenario) ? scenario : [{}, scenario];
  return { config: typeof config === 'object' ? `() => (${JSON.stringify(config)})` : String(config), steps };
};

/**
 * Runs the scenarios of a topic with one of the libraries. Each step is a page load for all scenarios at once. Resolves to what each observed:
 * { requests, stored, returned, callbacks }.
 */
export async function runTopic({ scenarios, isPrimary, init = '' }, library, { browser, site, server }) {
  const all = {};
  const entries = Object.entries(scenarios);
  for (const size = isPrimary ? 1 : maxTogether; entries.length; )
    Object.assign(all, await runTogether(Object.fromEntries(entries.splice(0, size))));
  return all;

  async function runTogether(group) {
    const { script, isEarly } = libraries[library];
    const run = randomBytes(4).toString('hex');
    const known = Object.entries(group).map(([name, scenario], index) => {
      const mark = `s${index}${run}`;
      return { name, mark, token: `token${mark}`, api_host: `${server.url}/${mark}`, isPrimary, ...complete(scenario) };
    });
    const context = await browser.newContext();
    try {
      await context.addInitScript(installScenarios);
      if (init) await context.addInitScript(init);
      const observed = Object.fromEntries(known.map(({ name }) => [name, { returned: [], callbacks: [] }]));
      const stepCount = Math.max(...known.map(({ steps }) => steps.length));
      const page = await context.newPage();
      let release;
      let released;
      if (isEarly)
        await page.route(/throughline\.core\.js/, async (route) => {
          await released;
          await route.continue();
        });
      for (let step = 0; step < stepCount; step++) {
        released = new Promise((resolve) => {
          release = resolve;
        });
        const url = site.page(`/of-${library}.html`, `${script}<p id="here"><a id="link" href="#there">link</a></p>`);
        await page.goto(`${url}?utm_source=news`);
        await page.waitForFunction(() => window.mixpanel?.init);
        // The first tracker starts the core. The others are then opened at once.
        if (library === 'ready') await page.evaluate((url) => window.startCore(url), server.url);
        const steps = known
          .filter(({ steps }) => steps[step])
          .map(({ steps, ...scenario }) => ({ ...scenario, run: String(steps[step]) }));
        const returned = await page.evaluate((steps) => window.runScenarios(steps), steps);
        release();
        if (isEarly) await page.evaluate(() => window.mixpanel.ready);
        await untilQuiet(page, server, run, isEarly ? 3 * quietTime : quietTime);
        // A page that is left before its answers have come sends again what they acknowledge.
        const leaving = known.filter(({ steps }) => steps[step + 1]).map(({ mark }) => mark);
        await page.evaluate((marks) => Promise.all(marks.map((mark) => window.mixpanel[mark]?.flush?.())), leaving);
        const logs = await page.evaluate(() => window.scenarioLogs);
        for (const { name } of steps) {
          observed[name].returned.push(returned[name]);
          observed[name].callbacks.push(...logs[name]);
        }
      }
      for (const { name, mark, token } of known) {
        observed[name].requests = server.requests(mark);
        observed[name].stored = await page.evaluate((token) => window.storedFor(token), token);
        observed[name] = normalise(observed[name], token, mark);
      }
      return observed;
    } finally {
      await context.close();
    }
  }
}

// Waits until the page makes no more requests, and each that it has made was received and answered.
async function untilQuiet(page, server, run, time) {
  let last = -1;
  await until(async () => {
    const { sent, unanswered } = await page.evaluate(() => window.scenarioTraffic());
    const isQuiet = sent.length === last && !unanswered && sent.every((number) => server.has(run, number));
    last = sent.length;
    if (!isQuiet) await new Promise((resolve) => setTimeout(resolve, time));
    return isQuiet;
  }, 'all requests are received and answered');
}

/** Replaces what differs from run to run by stable names, and parses what is JSON. */
function normalise({ requests, stored, returned, callbacks }, token, mark) {
  const ids = new Map();
  const nameOf = (id) => {
    if (!ids.has(id)) ids.set(id, `id${ids.size + 1}`);
    return ids.get(id);
  };
  const text = (value) =>
    value
      .replaceAll(token, 'TOKEN')
      .replaceAll(mark, 'NAME')
      .replace(/127\.0\.0\.1:\d+/g, 'HOST')
      .replace(/of-\w+\.html/g, 'page.html')
      .replace(uuid, nameOf);
  const clean = (value, key = '') => {
    if (key === '$insert_id') return '(insert id)';
    if (key === '$duration' && typeof value === 'number') return '(duration)';
    if (key === 'mp_lib' || key === '$lib_version') return '(library)';
    if (typeof value === 'number' && value > 1.6e9 && value < 1e14) return '(time)';
    if (typeof value === 'string') return text(/^\$tab-/.test(value) ? '(tab id)' : value);
    if (Array.isArray(value)) return value.map((item) => clean(item));
    if (value === null || typeof value !== 'object') return value;
    return Object.fromEntries(
      Object.entries(value)
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .filter(([name, item]) => !/^__(mp|timers)/.test(name) || Object.keys(item).length) // Queues and timers that are empty.

        .map(([name, item]) => [text(name), clean(item, name)]),
    );
  };
  const parsed = (value) => {
    try {
      return JSON.parse(value);
    } catch {
      return value;
    }
  };
  return {
    requests: byEndpoint(clean(requests)),
    stored: clean(
      Object.fromEntries(
        Object.entries(stored)
          .filter(([name, value]) => !/ __mpq_/.test(name) || value !== '[]') // Queues of records that are empty.
          .map(([name, value]) => [name, parsed(value)]),
      ),
    ),
    returned: clean(returned),
    callbacks: clean(callbacks)
      .map((call) => JSON.stringify(call))
      .sort(),
  };
}

// The requests of each endpoint, so that one more or less does not make all that follow differ, and the order in which they were made.
// mixpanel-browser itself sets some properties once in each profile. They are apart, because this library does not.
function byEndpoint(requests) {
  const found = { order: [] };
  for (const request of requests) {
    const isFirstTouch = [request.payload].flat().some((payload) => takeFirstTouch(payload));
    if (isFirstTouch) found.firstTouch = true;
    if (isFirstTouch && !Object.keys(request.payload.$set_once ?? { left: 1 }).length) continue;
    const { path, payload } = request;
    found.order.push(
      [payload]
        .flat()
        .map(
          (message) =>
            `${path} ${message?.event ?? Object.keys(message ?? {}).find((name) => /^\$(set|add|un|app|rem|del)/.test(name))}`,
        )
        .join(),
    );
    found[path] ??= [];
    found[path].push(request);
  }
  return found;
}

function takeFirstTouch(payload) {
  const names = Object.keys(payload?.$set_once ?? {}).filter((name) => /^(\$initial_|initial_utm_)/.test(name));
  for (const name of names) delete payload.$set_once[name];
  return names.length > 0;
}

/** Returns the paths at which two values differ, each with both values. A list of another length differs as a whole. */
export function differences(theirs, ours, path = '') {
  if (JSON.stringify(theirs) === JSON.stringify(ours)) return [];
  const areObjects = [theirs, ours].every((value) => value && typeof value === 'object');
  const areAlike = areObjects && Array.isArray(theirs) === Array.isArray(ours);
  if (!areAlike || (Array.isArray(theirs) && theirs.length !== ours.length)) return [{ path, theirs, ours }];
  const names = [...new Set([...Object.keys(theirs), ...Object.keys(ours)])];
  return names.flatMap((name) => differences(theirs[name], ours[name], path ? `${path}.${name}` : name));
}
