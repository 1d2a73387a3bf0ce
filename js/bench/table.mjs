// Formats tables for the terminal and as Markdown.

/**
 * Returns the cells of a table, as text. A table is { title, baseline, columns: [{ key, title, digits, ratio }], rows: [{ name, key: value... }] }.
 * In a column with `ratio`, each value is followed by its ratio to that of the row named `baseline`.
 */
export function cells({ columns, rows, baseline }) {
  const base = rows.find(({ name }) => name === baseline);
  return [
    ['', ...columns.map(({ title }) => title)],
    ...rows.map((row) => [
      row.name,
      ...columns.map(({ key, digits = 1, ratio }) => {
        const value = row[key];
        if (typeof value !== 'number') return value ?? '';
        const shown = number(value, digits);
        return ratio && base?.[key] && row !== base ? `${shown} (×${number(value / base[key], 2)})` : shown;
      }),
    ]),
  ];
}

/** Returns a table for the terminal. */
export function toText(table) {
  const lines = cells(table);
  const widths = lines[0].map((_, column) => Math.max(...lines.map((line) => line[column].length)));
  const pad = (text, column) => (column ? text.padStart(widths[column]) : text.padEnd(widths[column]));
  return [table.title, ...lines.map((line) => line.map(pad).join('  ')), table.note].filter(Boolean).join('\n');
}

/** Returns a table as Markdown, for docs/figures.md. */
export function toMarkdown(table) {
  const [head, ...lines] = cells(table).map((line) => `| ${line.join(' | ')} |`);
  const rule = `| --- |${table.columns.map(() => ' ---: |').join('')}`;
  return [`**${table.title}**`, '', head, rule, ...lines, ...(table.note ? ['', table.note] : [])].join('\n');
}

function number(value, digits) {
  return value.toLocaleString('en', {
    maximumFractionDigits: digits,
    minimumFractionDigits: value < 1000 ? digits : 0,
  });
}
