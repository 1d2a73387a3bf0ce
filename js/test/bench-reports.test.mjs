// The reports of the bench: statistics, tables, plots. Measurements themselves are never tests.

import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { toSVG } from '../bench/plot.mjs';
import { createRandom } from '../bench/setup/random.mjs';
import { eventsIn } from '../bench/setup/sink.mjs';
import { median, percentile } from '../bench/stats.mjs';
import { cells, toMarkdown } from '../bench/table.mjs';
import { test } from './harness/bounded-test.mjs';

const table = {
  title: 'Weight',
  baseline: 'theirs',
  columns: [
    { key: 'kB', title: 'kB', ratio: true, plot: 'kB <brotli>', target: 3 },
    { key: 'notes', title: 'notes' },
  ],
  rows: [
    { name: 'ours', kB: 2, notes: 'a' },
    { name: 'theirs', kB: 8, notes: 'b' },
  ],
};

test('a table shows ratios to its baseline, and text unchanged', () => {
  assert.deepEqual(cells(table), [
    ['', 'kB', 'notes'],
    ['ours', '2.0 (×0.25)', 'a'],
    ['theirs', '8.0', 'b'],
  ]);
  assert.equal(toMarkdown(table).split('\n')[4], '| ours | 2.0 (×0.25) | a |');
});

test('the bars of a plot are to scale, and its text is escaped', () => {
  const svg = toSVG(table);
  const [ours, theirs] = [...svg.matchAll(/<rect [^>]*width="([\d.]+)"/g)].map(([, width]) => Number(width));
  assert.equal(theirs / ours, 4);
  assert.match(svg, /kB &#60;brotli&#62;<\/text>/);
});

test('medians and percentiles', () => {
  assert.equal(median([9, 1, 5]), 5);
  assert.equal(median([9, 1, 5, 7]), 6);
  assert.equal(percentile([...Array(100).keys()], 99), 98);
});

test('random choices are the same for the same seed, and follow the weights', () => {
  const [one, same] = [createRandom(7), createRandom(7)];
  const weighted = [
    [3, 'often'],
    [1, 'seldom'],
  ];
  const picks = Array.from({ length: 4000 }, () => one.pick(weighted));
  assert.deepEqual(
    picks,
    Array.from({ length: 4000 }, () => same.pick(weighted)),
  );
  const often = picks.filter((pick) => pick === 'often').length;
  assert.ok(often > 2800 && often < 3200, `${often} of 4000`);
});

test('the sink finds the events in what each library sends', () => {
  const mixpanel = [{ event: 'E', properties: { token: 'T', $insert_id: 'I' } }];
  const found = [{ token: 'T', id: 'I', name: 'E' }];
  const form = (data) => Buffer.from(`data=${encodeURIComponent(data)}`);
  assert.deepEqual(eventsIn('/track/', {}, form(JSON.stringify(mixpanel))), found);
  assert.deepEqual(eventsIn('/track/', {}, form(btoa(JSON.stringify(mixpanel)))), found);
  const amplitude = { api_key: 'T', events: [{ insert_id: 'I', event_type: 'E' }] };
  assert.deepEqual(eventsIn('/2/httpapi', {}, Buffer.from(JSON.stringify(amplitude))), found);
  const posthog = [{ uuid: 'I', event: 'E', properties: { token: 'T' } }];
  assert.deepEqual(eventsIn('/e/', {}, gzipSync(JSON.stringify(posthog))), found);
});

test('docs/figures.md has a section for every part', () => {
  const root = join(import.meta.dirname, '..', '..');
  const readme = readFileSync(join(root, 'docs', 'figures.md'), 'utf8');
  for (const file of readdirSync(join(root, 'js', 'bench', 'parts')))
    assert.ok(readme.includes(`<!-- bench: ${file.replace('.mjs', '')} -->`), file);
});
