// Measures how much a page loads before the load event, and in total.

import { brotliCompressSync } from 'node:zlib';
import { baseline, libraries } from '../setup/libraries.mjs';

export default async function sizes() {
  const rows = (await libraries()).map(({ name, files }) => {
    const weights = Object.values(files).map((bytes) => brotliCompressSync(bytes).length / 1000);
    return { name, script: weights[0], all: weights.reduce((sum, weight) => sum + weight) };
  });
  return {
    title: 'Weight, brotli 11, kB',
    baseline,
    columns: [
      {
        key: 'script',
        title: 'before the load event',
        ratio: true,
        plot: 'kB loaded before the page is interactive',
        target: 3,
      },
      { key: 'all', title: 'with what follows it', ratio: true, plot: 'kB in all' },
    ],
    rows,
    note: 'Peers are bundled by esbuild from their npm packages; “mixpanel core” is its loader-module-core, here and below with localStorage in place of its cookie: the least that it can be.',
  };
}
