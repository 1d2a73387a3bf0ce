// Measures the identity graph with a million aliases: adding them, in orders that are difficult, and resolving one.

import { join } from 'node:path';
import { run } from '../setup/run-command.mjs';
import { median } from '../stats.mjs';

const root = join(import.meta.dirname, '..', '..', '..');

export default async function graph({ rounds = 3 }) {
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
