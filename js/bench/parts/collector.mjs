// Measures the collector: events per second, compared with a bare loop of inserts, and how long Live View takes to open.

import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startCollector } from '../../test/harness/collector.mjs';
import { run } from '../setup/run-command.mjs';
import { median, percentile } from '../stats.mjs';

const root = join(import.meta.dirname, '..', '..', '..');
const program = join(root, '.cache', 'bin', 'collector-bench');
const batch = 50;
const few = 1000;
const many = 1_000_000;

export default async function collector({ rounds = 3 }) {
  execFileSync('go', ['build', '-o', program, './bench'], { cwd: join(root, 'collector') });
  const rows = [];
  for (const connections of [8, 32]) {
    const results = [];
    for (let round = 0; round < rounds; round++)
      results.push(await withCollector(({ url }) => load(url, { events: 200_000, connections })));
    rows.push(row(`collector, ${connections} connections`, results));
  }
  // The collector commits concurrent requests together. The loops commit one batch, and as many batches as there are connections.
  for (const size of [batch, 32 * batch]) {
    const results = [];
    for (let round = 0; round < rounds; round++) results.push(await runBareLoop(200_000, size));
    rows.push(row(`bare loop, ${size.toLocaleString('en')} a commit`, results));
  }
  const opening = await withCollector(async ({ url }) => {
    await load(url, { token: 'few', events: few, connections: 8 });
    const before = await open(url, 'few');
    const filling = await load(url, { token: 'many', events: many, connections: 8 });
    return { filling, rows: [openingRow(few, before), openingRow(many, await open(url, 'many'))] };
  });
  const { filling } = opening;
  return [
    {
      title: 'The collector in batches of 50',
      baseline: rows[2].name,
      columns: [
        { key: 'rate', title: 'events a second', digits: 0, ratio: true, plot: 'events a second', target: 20_000 },
        { key: 'p50', title: 'p50, ms' },
        { key: 'p99', title: 'p99, ms' },
      ],
      rows,
      note: `Medians of ${rounds} rounds of 200,000 events, each round on a new database; the generator runs on the same machine. The loops have the same tables and wait for the disk as the collector does. ${many.toLocaleString('en')} events in one go: ${Math.round(filling.per_second).toLocaleString('en')} a second, p99 ${filling.p99_ms.toFixed(0)} ms.`,
    },
    {
      title: 'Opening Live View, ms',
      columns: [
        { key: 'events', title: '/api/events', digits: 1 },
        { key: 'p99', title: 'p99', digits: 1 },
        { key: 'live', title: '/api/live, to its first bytes', digits: 1 },
      ],
      rows: opening.rows,
    },
  ];
}

const openingRow = (stored, times) => ({ name: `${stored.toLocaleString('en')} events stored`, ...times });

function row(name, results) {
  const of = (key) => median(results.map((result) => result[key]));
  return { name, rate: of('per_second'), p50: of('p50_ms'), p99: of('p99_ms') };
}

async function withCollector(action) {
  const collector = await startCollector();
  try {
    return await action(collector);
  } finally {
    await collector.stop();
  }
}

const load = (url, { token = 'bench', events, connections }) =>
  runProgram('load', { url, token, events, batch, connections });

async function runBareLoop(events, size) {
  const folder = mkdtempSync(join(tmpdir(), 'throughline-bare-'));
  try {
    return await runProgram('bare', { db: join(folder, 'events.db'), events, batch: size });
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const runProgram = async (what, flags) =>
  JSON.parse(await run(program, [what, ...Object.entries(flags).flatMap(([name, value]) => [`-${name}`, value])]));

// Measures the requests that Live View makes when it opens.
async function open(url, token) {
  const events = [];
  const live = [];
  for (let n = 0; n < 200; n++) {
    let from = performance.now();
    await (await fetch(`${url}/api/events?token=${token}&limit=100`)).arrayBuffer();
    events.push(performance.now() - from);
    from = performance.now();
    const ended = new AbortController();
    const feed = await fetch(`${url}/api/live?token=${token}`, { signal: ended.signal });
    await feed.body.getReader().read();
    live.push(performance.now() - from);
    ended.abort();
  }
  return { events: median(events), p99: percentile(events, 99), live: median(live) };
}
