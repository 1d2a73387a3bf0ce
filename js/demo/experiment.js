import { instanceOf, run } from './call.js';
import { element } from './dom.js';

const patience = 8000; // Milliseconds until we say that the collector takes long.

/**
 * Makes a mistake's calls, then asks the collector what came of them. Resolves to { persons, events } with everybody who was
 * involved, in the order in which they came; to undefined where the collector did not take them (yet).
 */
export async function experiment({ visits, people }, collector) {
  const ids = new Set(people);
  let delivered = true;
  for (const [index, calls] of visits.entries()) {
    const page = visits.length > 1 ? await openPage(index) : { window, close: () => {} };
    delivered = (await makeCalls(calls, page.window, ids)) && delivered;
    page.close();
  }
  return delivered ? lookUp(ids, collector) : undefined;
}

// Every id that the calls' devices had on the way is involved.
async function makeCalls(calls, page, ids) {
  const devices = new Set();
  for (const made of calls) {
    await run(made, page);
    await page.throughline.ready;
    const on = made.method === 'init' ? `throughline.${made.args[2]}` : made.on;
    devices.add(on);
    ids.add(instanceOf(on, page).get_distinct_id());
  }
  const flushed = await Promise.all([...devices].map((on) => inTime(instanceOf(on, page).flush())));
  for (const on of devices) ids.add(instanceOf(on, page).get_distinct_id());
  return flushed.every(Boolean);
}

function inTime(promise) {
  return Promise.race([promise, new Promise((resolve) => setTimeout(resolve, patience, false))]);
}

// A page load is a page load: another document, that has the library.
function openPage(index) {
  return new Promise((resolve, reject) => {
    const frame = element('iframe', {
      src: `demo/visit.html?page=${index + 1}`,
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
  const came = ({ person }) => events.findIndex((event) => event.person === person);
  return { persons: [...persons.values()].sort((a, b) => came(a) - came(b)), events };
}
