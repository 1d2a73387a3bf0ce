// Runs the calls of a mistake and asks the collector for the result.

import { instanceOf, run } from './call.js';
import { element } from './dom.js';

const flushTimeout = 8000; // Milliseconds.

/**
 * Makes the calls of a mistake, then asks the collector for the persons involved. Resolves to { persons, events }, with the persons in the
 * order of their first events, or to undefined if the collector has not accepted the events in time.
 */
export async function runMistake({ pageLoads, people }, collector) {
  const ids = new Set(people);
  let delivered = true;
  for (const [index, calls] of pageLoads.entries()) {
    const pageLoad = pageLoads.length > 1 ? await openPage(index) : { window, close: () => {} };
    delivered = (await makeCalls(calls, pageLoad.window, ids)) && delivered;
    pageLoad.close();
  }
  return delivered ? lookUp(ids, collector) : undefined;
}

// Makes the calls of one page load, and adds every distinct_id that its instances have meanwhile to `ids`. Resolves to whether everything
// was delivered.
async function makeCalls(calls, pageLoad, ids) {
  const devices = new Set();
  for (const nextCall of calls) {
    await run(nextCall, pageLoad);
    await pageLoad.throughline.ready;
    const on = nextCall.method === 'init' ? `throughline.${nextCall.args[2]}` : nextCall.on;
    devices.add(on);
    ids.add(instanceOf(on, pageLoad).get_distinct_id());
  }
  const flushed = await Promise.all([...devices].map((on) => withTimeout(instanceOf(on, pageLoad).flush())));
  for (const on of devices) ids.add(instanceOf(on, pageLoad).get_distinct_id());
  return flushed.every(Boolean);
}

function withTimeout(promise) {
  return Promise.race([promise, new Promise((resolve) => setTimeout(resolve, flushTimeout, false))]);
}

// Each page load is a document of its own, in an iframe that loads the library.
function openPage(index) {
  return new Promise((resolve, reject) => {
    const frame = element('iframe', {
      src: `demo/shop-page.html?page=${index + 1}`,
      hidden: true,
      title: 'A page of the shop',
    });
    frame.addEventListener('load', () => {
      if (frame.contentWindow.throughline) resolve({ window: frame.contentWindow, close: () => frame.remove() });
      else reject(new Error('throughline.js is not beside this page'));
    });
    document.body.append(frame);
  });
}

async function lookUp(ids, collector) {
  const answers = await Promise.all([...ids].map((id) => collector.person(id)));
  const persons = new Map();
  for (const answer of answers) if (answer.events > 0) persons.set(answer.person, answer);
  const events = (await collector.events(200)).filter(({ person }) => persons.has(person)).reverse();
  const firstEventOf = ({ person }) => events.findIndex((event) => event.person === person);
  return { persons: [...persons.values()].sort((a, b) => firstEventOf(a) - firstEventOf(b)), events };
}
