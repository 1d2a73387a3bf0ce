// Writes the table of docs/mixpanel-differences.md: `node js/test/mixpanel-scenarios/write-table.mjs`.

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { table } from './differences.mjs';

const path = join(import.meta.dirname, '..', '..', '..', 'docs', 'mixpanel-differences.md');
const text = readFileSync(path, 'utf8');
writeFileSync(
  path,
  text.replace(/\| here \| why \|[\s\S]*?(?=\n\n|\n*$)/, () => table()),
);
