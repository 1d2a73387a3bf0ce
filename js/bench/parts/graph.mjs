// Measures who is who among a million aliases: in memory, adding them in orders that are difficult and resolving one; and asked of the database,
// as the collector does.

import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { startCollector } from '../../test/harness/collector.mjs';
import { run } from '../setup/run-command.mjs';
import { median } from '../stats.mjs';

const root = join(import.meta.dirname, '..', '..', '..');
const program = join(root, '.cache', 'bin', 'collector-bench');

export default async function graph({ rounds = 3, aliases = 1_000_000 }) {
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

// The collector with many visitors, each with an alias, on disk.
async function inDatabase(aliases) {
  execFileSync('go', ['build', '-o', program, './bench'], { cwd: join(root, 'collector') });
  const bench = async (what, flags) =>
    JSON.parse(await run(program, [what, ...Object.entries(flags).flatMap(([name, value]) => [`-${name}`, value])]));
  const collector = await startCollector();
  try {
    await collector.kill();
    await bench('fill', { db: collector.db, events: aliases });
    const times = {};
    for (const batch of [1, 100, 1000])
      times[batch] = await bench('resolve', { db: collector.db, events: aliases, batch });
    const from = performance.now();
    await collector.start();
    const started = performance.now() - from;
    for (let n = 0; n < 2000; n++) await collector.person('bench', `nobody-${n}`);
    return {
      title: `The collector with ${aliases.toLocaleString('en')} aliases on disk`,
      columns: [
        { key: 'started', title: 'start, ms', digits: 0 },
        { key: 'memory', title: 'memory, MiB', digits: 0 },
        { key: 1, title: 'resolve 1 id, ms' },
        { key: 100, title: '100 ids, ms' },
        { key: 1000, title: '1,000 ids, ms' },
      ],
      rows: [
        {
          name: 'p50',
          started,
          memory: residentMiB(collector.pid()),
          ...Object.fromEntries(Object.entries(times).map(([batch, { p50_ms }]) => [batch, p50_ms])),
        },
        { name: 'p99', ...Object.fromEntries(Object.entries(times).map(([batch, { p99_ms }]) => [batch, p99_ms])) },
      ],
      note: 'Each visitor has one alias. The memory is that of the process after 2,000 answers.',
    };
  } finally {
    await collector.stop();
  }
}

const residentMiB = (pid) => Number(/VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))[1]) / 1024;
