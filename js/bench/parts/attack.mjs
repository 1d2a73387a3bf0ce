// Measures what honest clients notice of attackers: the same load alone, and beside gzip that unpacks to much, slow senders, readers that do not
// read, forged claims, wrong keys, deep nesting and operations on one profile, each from an address of its own. It also counts whether what was
// acknowledged is stored, once.

import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { startCollector } from '../../test/harness/collector.mjs';
import { run } from '../setup/run-command.mjs';

const root = join(import.meta.dirname, '..', '..', '..');
const program = join(root, '.cache', 'bin', 'collector-bench');
const key = 'the key of the bench';

export default async function attack({ minutes }) {
  execFileSync('go', ['build', '-o', program, './bench'], { cwd: join(root, 'collector') });
  const rows = [await measure('honest clients alone', minutes / 10), await measure('beside attackers', minutes, true)];
  return {
    title: `Honest clients beside attackers: ${minutes} minutes`,
    columns: [
      { key: 'per_second', title: 'events a second', digits: 0 },
      { key: 'p50_ms', title: 'sending, p50 ms' },
      { key: 'p99_ms', title: 'p99' },
      { key: 'read_p50_ms', title: 'reading, p50 ms' },
      { key: 'read_p99_ms', title: 'p99' },
      { key: 'stored', title: 'acknowledged, stored once' },
      { key: 'memory', title: 'memory, MiB' },
      { key: 'descriptors', title: 'descriptors' },
    ],
    rows,
    note: 'Eight honest senders and one reader, 196 attackers, and a collector with --memory 256M on the same two cores. Memory and descriptors: after a tenth of the time, at most, at the end.',
  };
}

async function measure(name, minutes, attackers = false) {
  const collector = await startCollector(['--read-key', key, '--trusted-proxies', '127.0.0.1', '--memory', '256M']);
  try {
    const flags = { url: collector.url, key, pid: collector.pid(), minutes };
    const args = ['attack', ...Object.entries(flags).flatMap(([flag, value]) => [`-${flag}`, value])];
    const result = JSON.parse(await run(program, attackers ? [...args, '-attackers'] : args));
    const spread = (list) => `${list[0]}, ${Math.max(...list)}, ${list.at(-1)}`;
    console.log(JSON.stringify({ name, failures: result.failures, answers: result.answers }));
    return {
      ...result,
      name,
      stored: `${result.acknowledged.toLocaleString('en')}, ${result.stored.toLocaleString('en')}`,
      memory: spread(result.rss_mib),
      descriptors: spread(result.descriptors),
    };
  } finally {
    await collector.stop();
  }
}
