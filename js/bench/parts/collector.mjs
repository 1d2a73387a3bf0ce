// Measures the collector: events per second, compared with a bare loop of inserts, and how long Live View takes to open; on SQLite, and on a PostgreSQL
// that it starts.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startCollector } from '../../test/harness/collector.mjs';
import { buildProgram, runProgram, withPostgres } from '../setup/collector-programs.mjs';
import { median, percentile } from '../stats.mjs';

const batch = 50;
const few = 1000;
const many = 5_000_000;

export default async function collector({ rounds = 3 }) {
  buildProgram();
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
  const shared = await compareDatabases(rounds);
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
    ...shared,
  ];
}

// Measures collectors on SQLite and on PostgreSQL, in turn, and a bare loop of the same inserts on each. Processor time is that of the collectors and the
// database together, or of the loop and the database.
async function compareDatabases(rounds) {
  const measured = new Map();
  const note = (name, result) => measured.set(name, [...(measured.get(name) ?? []), result]);
  const opening = [];
  for (let round = 0; round < rounds; round++) {
    note(
      'SQLite, 1 collector',
      await withCollector((one) => load(one.url, { events: 200_000, connections: 32, pids: one.pid() })),
    );
    for (const collectors of [1, 2, 4])
      note(`PostgreSQL, ${count(collectors, 'collector')}`, await loadPostgres(collectors));
    note('SQLite, bare loop', await runBareLoop(200_000, 32 * batch));
    note(
      'PostgreSQL, bare loop',
      await withPostgres(({ db, pid }) => runProgram('bare', { db, events: 200_000, batch: 32 * batch, pids: pid })),
    );
  }
  await withPostgres(({ db }) =>
    withCollector(
      async ({ url }) => {
        for (const [token, events] of [
          ['few', few],
          ['many', many],
        ]) {
          await load(url, { token, events, connections: 8 });
          opening.push(openingRow(events, await open(url, token)));
        }
      },
      ['--db', db],
    ),
  );
  return [
    {
      title: 'SQLite and PostgreSQL',
      baseline: 'SQLite, 1 collector',
      columns: [
        { key: 'rate', title: 'events a second', digits: 0, ratio: true },
        { key: 'cpu', title: 'processor time an event, µs', ratio: true },
        { key: 'p50', title: 'p50, ms' },
        { key: 'p99', title: 'p99, ms' },
      ],
      rows: [...measured].map(([name, results]) => ({
        ...row(name, results),
        cpu: median(results.map((result) => result.cpu_us)),
      })),
      note: `Medians of ${rounds} rounds of 200,000 events in batches of ${batch} over 32 connections, spread over the collectors; the loops insert ${(32 * batch).toLocaleString('en')} events a commit, the one of PostgreSQL over two connections. All of it runs on the same machine.`,
    },
    {
      title: 'Opening Live View on PostgreSQL, ms',
      columns: [
        { key: 'events', title: '/api/events', digits: 1 },
        { key: 'p99', title: 'p99', digits: 1 },
        { key: 'live', title: '/api/live, to its first bytes', digits: 1 },
      ],
      rows: opening,
    },
  ];
}

const count = (n, thing) => `${n} ${thing}${n === 1 ? '' : 's'}`;

function loadPostgres(collectors) {
  return withPostgres(async ({ db, pid }) => {
    const started = [];
    try {
      for (let n = 0; n < collectors; n++) started.push(await startCollector(['--db', db]));
      const url = started.map((one) => one.url).join(',');
      const pids = [pid, ...started.map((one) => one.pid())].join(',');
      return await load(url, { events: 200_000, connections: 32, pids });
    } finally {
      for (const one of started) await one.stop();
    }
  });
}

const openingRow = (stored, times) => ({ name: `${stored.toLocaleString('en')} events stored`, ...times });

function row(name, results) {
  const of = (key) => median(results.map((result) => result[key]));
  return { name, rate: of('per_second'), p50: of('p50_ms'), p99: of('p99_ms') };
}

async function withCollector(action, flags = []) {
  const collector = await startCollector(flags);
  try {
    return await action(collector);
  } finally {
    await collector.stop();
  }
}

const load = (url, { token = 'bench', events, connections, ...more }) =>
  runProgram('load', { url, token, events, batch, connections, ...more });

async function runBareLoop(events, size) {
  const folder = mkdtempSync(join(tmpdir(), 'throughline-bare-'));
  try {
    return await runProgram('bare', { db: join(folder, 'events.db'), events, batch: size });
  } finally {
    rmSync(folder, { recursive: true });
  }
}

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
