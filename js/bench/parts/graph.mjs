// Measures who is who: a million aliases in memory, added in orders that are difficult, and one of them resolved; and five million of them in a database,
// asked by the collector.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { startCollector } from '../../test/harness/collector.mjs';
import { buildProgram, runProgram, withPostgres } from '../setup/collector-programs.mjs';
import { run } from '../setup/run-command.mjs';
import { median, percentile } from '../stats.mjs';

const root = join(import.meta.dirname, '..', '..', '..');

export default async function graph({ rounds = 3, aliases = 5_000_000 }) {
  return [await inMemory(rounds), await inDatabase(aliases)];
}

async function inMemory(rounds) {
  const bench = async (what, time) => {
    const args = ['test', '-run', '^$', '-bench', `^BenchmarkGraph$/^${what}$`, '-benchtime', time, '-count', rounds];
    const output = await run('go', [...args, './identity'], { cwd: root });
    const lines = [...output.matchAll(/^BenchmarkGraph\/\w+\/(\w+?)(?:-\d+)?\s+\d+\s+([\d.]+) ns\/op/gm)];
    const shapes = new Set(lines.map(([, shape]) => shape));
    const timesOf = (shape) => lines.filter(([, other]) => other === shape).map(([, , ns]) => Number(ns));
    return new Map([...shapes].map((shape) => [shape, median(timesOf(shape))]));
  };
  const added = await bench('add', '1x');
  const resolved = await bench('resolve', '1000000x');
  return {
    title: 'Graph: 1,000,000 aliases',
    columns: [
      { key: 'add', title: 'all added, s', digits: 2, plot: '1,000,000 aliases added, seconds', target: 5 },
      { key: 'resolve', title: 'resolve, ns', digits: 0, plot: 'resolve, ns', target: 1000 },
    ],
    rows: [...added.keys()].sort().map((shape) => ({
      name: shape,
      add: added.get(shape) / 1e9,
      resolve: resolved.get(shape),
    })),
    note: 'pairs: one alias each; star: all of one id; chain: each an alias of the one before; backwards: the same, last first; moving, circling and contested: claims that win over earlier ones again and again.',
  };
}

// The collector with many visitors, each with an alias, in either database.
async function inDatabase(aliases) {
  buildProgram();
  const rows = [
    ...(await measureCollector('SQLite', aliases)),
    ...(await withPostgres(({ db }) => measureCollector('PostgreSQL', aliases, db))),
  ];
  return {
    title: `The collector with ${aliases.toLocaleString('en')} visitors with an alias each`,
    columns: [
      { key: 'started', title: 'start, ms', digits: 0 },
      { key: 'memory', title: 'memory, MiB', digits: 0 },
      { key: 1, title: 'resolve 1 id, ms' },
      { key: 100, title: '100 ids, ms' },
      { key: 1000, title: '1,000 ids, ms' },
      { key: 'events', title: '/api/events, ms' },
    ],
    rows,
    note: 'The memory is that of the collector’s process after 2,000 questions for a person and 200 pages of Live View with 100 events, each with its person.',
  };
}

async function measureCollector(name, aliases, db) {
  const collector = await startCollector(db ? ['--db', db] : []);
  try {
    await collector.kill();
    const stored = { db: db ?? collector.db, events: aliases };
    await runProgram('fill', stored);
    const times = {};
    for (const batch of [1, 100, 1000]) times[batch] = await runProgram('resolve', { ...stored, batch });
    const from = performance.now();
    await collector.start();
    const started = performance.now() - from;
    for (let n = 0; n < 2000; n++) await collector.person('bench', `nobody-${n}`);
    const pages = [];
    for (let n = 0; n < 200; n++) {
      const asked = performance.now();
      await (await fetch(`${collector.url}/api/events?token=bench&limit=100`)).arrayBuffer();
      pages.push(performance.now() - asked);
    }
    const row = (quantile, events) => ({
      name: `${name}, ${quantile}`,
      ...Object.fromEntries(Object.entries(times).map(([batch, of]) => [batch, of[`${quantile}_ms`]])),
      events,
    });
    return [
      { ...row('p50', median(pages)), started, memory: residentMiB(collector.pid()) },
      row('p99', percentile(pages, 99)),
    ];
  } finally {
    await collector.stop();
  }
}

const residentMiB = (pid) => Number(/VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))[1]) / 1024;
