// ./build.sh bench [part...] [--readme] [options of the part]: measures, prints a table a part, and with --figures
// puts it and its plot into docs/figures.md. Figures, never assertions.

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { machine } from './machine.mjs';
import { toSVG } from './plot.mjs';
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
  'graph',
  'instructions',
  'soak',
];

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    figures: { type: 'boolean', default: false }, // into docs/figures.md, with plots
    rounds: { type: 'string' }, // how often each thing is measured
    minutes: { type: 'string', default: '10' }, // how long a soak lasts
    seed: { type: 'string' }, // repeats a soak's chances
  },
});
const unknown = positionals.filter((part) => !parts.includes(part));
if (unknown.length) {
  console.error(`bench: there is no part ${unknown.join(', ')}; there are: ${parts.join(', ')}`);
  process.exit(2);
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

// Between <!-- bench: part --> and <!-- end of bench --> in docs/figures.md.
function writeFigures(part, text) {
  const path = join(import.meta.dirname, '..', '..', 'docs', 'figures.md');
  const page = readFileSync(path, 'utf8');
  const begin = `<!-- bench: ${part} -->`;
  const end = '<!-- end of bench -->';
  const from = page.indexOf(begin);
  if (from < 0) throw new Error(`docs/figures.md has no place for ${part}`);
  writeFileSync(path, `${page.slice(0, from + begin.length)}\n${text}\n${page.slice(page.indexOf(end, from))}`);
}

function writePlot(part, table) {
  if (!table.columns.some((column) => column.writePlot)) return [];
  writeFileSync(join(import.meta.dirname, 'plots', `${part}.svg`), toSVG(table));
  return [`![${table.title}](../js/bench/plots/${part}.svg)`];
}

// Whatever a killed browser has left behind in this process is not waited for.
process.exit();
