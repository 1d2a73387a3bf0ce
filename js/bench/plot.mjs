// Draws bar charts as SVG. Texts are text elements, and the colours are readable on white and on black.

const width = 720;
const bar = 22;
const gap = 8;
const left = 170;
const right = 90;
const textColor = '#7d8590';

/** Returns an SVG with a group of bars for each column of a table that has a `plot` title. A column's target is a dashed line. */
export function toSVG({ title, columns, rows, baseline }) {
  const groups = columns.filter(({ plot }) => plot);
  const parts = [];
  let y = 28;
  for (const { key, plot, digits = 1, target } of groups) {
    const drawnRows = rows.filter((row) => typeof row[key] === 'number');
    const max = Math.max(...drawnRows.map((row) => row[key]), target ?? 0) || 1;
    const scale = (value) => (value / max) * (width - left - right);
    parts.push(`<text x="0" y="${y}" class="head">${escapeXML(plot)}</text>`);
    y += 14;
    const top = y;
    for (const row of drawnRows) {
      const kind = !baseline || /^(throughline|collector)/.test(row.name) ? 'ours' : 'other';
      parts.push(
        `<text x="${left - 8}" y="${y + 16}" text-anchor="end">${escapeXML(row.name)}</text>`,
        `<rect x="${left}" y="${y}" width="${Math.max(1, scale(row[key])).toFixed(1)}" height="${bar}" rx="3" class="${kind}"/>`,
        `<text x="${(left + scale(row[key]) + 6).toFixed(1)}" y="${y + 16}">${row[key].toLocaleString('en', { maximumFractionDigits: digits })}</text>`,
      );
      y += bar + gap;
    }
    if (target) {
      const x = (left + scale(target)).toFixed(1);
      parts.push(`<line x1="${x}" x2="${x}" y1="${top - 4}" y2="${y - gap + 4}" class="target"/>`);
    }
    y += 24;
  }
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${y - 16}" role="img" aria-label="${escapeXML(title)}">
<style>
text { font: 13px system-ui, sans-serif; fill: ${textColor}; }
.head { font-weight: 600; }
.ours { fill: #2f81f7; }
.other { fill: ${textColor}; opacity: 0.6; }
.target { stroke: #d29922; stroke-width: 1.5; stroke-dasharray: 4 3; }
</style>
${parts.join('\n')}
</svg>
`;
}

const escapeXML = (text) => text.replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`);
