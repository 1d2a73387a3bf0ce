// Counts the instructions of a call in native code. Unlike times, they do not depend on the load of the machine.

import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { run } from '../setup/run-command.mjs';

const root = join(import.meta.dirname, '..', '..', '..');
const calls = 20_000;

// As few threads as Go allows, no garbage collection, and no asynchronous preemption: callgrind 3.19 crashes when one of Go's preemption
// signals arrives during its own work.
const env = { ...process.env, GOMAXPROCS: '1', GOGC: 'off', GODEBUG: 'asyncpreemptoff=1' };

const benchmarks = (pattern, times) => ['-test.run', '^$', '-test.bench', pattern, '-test.benchtime', `${times}x`];

export default async function instructions() {
  const valgrind = await run('valgrind', ['--version']).catch(() => '');
  if (!valgrind) {
    console.log('instructions: not counted, for there is no valgrind: apt-get install valgrind');
    return [];
  }
  const folder = await mkdtemp(join(tmpdir(), 'throughline-'));
  const binary = join(folder, 'identity.test');
  const count = async (name, times) => {
    const pattern = `^${name.replace('/', '$/^')}$`;
    const tool = ['--tool=callgrind', '--callgrind-out-file=/dev/null', `--log-file=${folder}/log`];
    await run('valgrind', [...tool, binary, ...benchmarks(pattern, times)], { env });
    const log = await readFile(join(folder, 'log'), 'utf8');
    return Number(log.match(/refs:\s+([\d,]+)/)[1].replaceAll(',', ''));
  };
  try {
    await run('go', ['test', '-c', '-o', binary, './identity'], { cwd: root });
    const output = await run(binary, benchmarks('^Benchmark(Track|Resolve)$', 1));
    const names = [...output.matchAll(/^(Benchmark\w+\/\w+?)(?:-\d+)?\s/gm)].map(([, name]) => name);
    const rows = [];
    for (const name of names.sort()) {
      // The difference of the two runs is that of the calls alone.
      const [few, many] = [await count(name, 2), await count(name, 2 + calls)];
      const [, what, of] = name.match(/^Benchmark(\w+)\/(\w+)/);
      rows.push({ name: `${what.toLowerCase()}, ${of.replaceAll('_', ' ')}`, instructions: (many - few) / calls });
    }
    return {
      title: 'Instructions a call, natively',
      columns: [{ key: 'instructions', title: 'instructions', digits: 0 }],
      rows,
      note: `Counted by callgrind (${valgrind.trim()}) over ${calls.toLocaleString('en')} calls, without garbage collection. track: with 10 properties of its own, with 2 that override others, and with none. resolve: each of 20,000 claims’ aliases once, in the shapes of the graph above.`,
    };
  } finally {
    await rm(folder, { recursive: true });
  }
}
