// The entry of the bench. ./build.sh bench [part...] [options]: measures the parts, or all of them, and prints a table for each. With
// --figures the tables and plots are written to docs/figures.md. The bench only measures: it asserts nothing.

import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { machine } from './machine.mjs';
import { toSVG } from './plot.mjs';
import { addBuild } from './setup/libraries.mjs';
import { toMarkdown, toText } from './table.mjs';

const parts = [
  'sizes',
  'start',
  'track',
  'paced',
  'burst',
  'first-event',
  'memory',
  'delivery',
  'collector',
  'failover',
  'graph',
  'instructions',
  'soak',
  'attack',
];

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    figures: { type: 'boolean', default: false }, // write the tables and plots to docs/figures.md
    rounds: { type: 'string' }, // how often each measurement is repeated
    with: { type: 'string', multiple: true, default: [] }, // name=folder: another build of ours, which is measured beside this one
    minutes: { type: 'string', default: '10' }, // how long the soak runs
    seed: { type: 'string' }, // the seed of the soak's random choices, to repeat a run
  },
});
const unknown = positionals.filter((part) => !parts.includes(part));
if (unknown.length) {
  console.error(`bench: there is no part ${unknown.join(', ')}; there are: ${parts.join(', ')}`);
  process.exit(2);
}

for (const build of options.with) {
  const [name, folder = ''] = build.split('=');
  const path = resolve(import.meta.dirname, '..', '..', folder); // ./build.sh changes the directory.
  if (!existsSync(join(path, 'throughline.js'))) {
    console.error(
      `bench: --with needs name=folder, and the folder is the dist/ of a build, seen from the project: ${build}`,
    );
    process.exit(2);
  }
  addBuild(name, path);
}

const soak = { minutes: Number(options.minutes), ...(options.seed && { seed: Number(options.seed) }) };
const facts = machine();
console.log(facts.join('\n'));
if (options.figures) writeFigures('machine', `${facts.join('. ')}.`);
for (const part of positionals.length ? positionals : parts) {
  const { default: measure } = await import(`./parts/${part}.mjs`);
  const tables = [await measure({ rounds: options.rounds && Number(options.rounds), ...soak })].flat();
  for (const table of tables) console.log(`\n${toText(table)}`);
  if (options.figures && tables.length)
    writeFigures(part, tables.flatMap((table) => [...writePlot(part, table), toMarkdown(table)]).join('\n\n'));
}

// Replaces the text between <!-- bench: part --> and <!-- end of bench --> in docs/figures.md.
function writeFigures(part, text) {
  const path = join(import.meta.dirname, '..', '..', 'docs', 'figures.md');
  const page = readFileSync(path, 'utf8');
  const begin = `<!-- bench: ${part} -->`;
  const end = '<!-- end of bench -->';
  const from = page.indexOf(begin);
  if (from < 0) throw new Error(`docs/figures.md has no section for ${part}`);
  writeFileSync(path, `${page.slice(0, from + begin.length)}\n${text}\n${page.slice(page.indexOf(end, from))}`);
}

function writePlot(part, table) {
  if (!table.columns.some((column) => column.plot)) return [];
  writeFileSync(join(import.meta.dirname, 'plots', `${part}.svg`), toSVG(table));
  return [`![${table.title}](../js/bench/plots/${part}.svg)`];
}

// Ends the process explicitly, because killed browsers can leave handles open.
process.exit();
