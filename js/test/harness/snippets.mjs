// The fenced blocks of code in the documentation, with the marks that stand in comments before them:
//
//   <!-- snippet: shown only: why -->     nothing checks the block
//   <!-- snippet: with: declare const user: { id: string }; -->     what the code takes for granted
//   <!-- examples/vue/src/main.js -->     the code is a part of that file, which has tests of its own

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

export const root = join(import.meta.dirname, '..', '..', '..');

/** The documentation: the paths of its pages, from the root of the repository. */
export const pages = [
  'README.md',
  'js/README.md',
  ...readdirSync(join(root, 'docs'))
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name}`),
];

/** Returns the blocks of a page. */
export function blocksOf(page, text = readFileSync(join(root, page), 'utf8')) {
  const blocks = [];
  const lines = text.split('\n');
  for (let i = 0; i < lines.length; i++) {
    const [, indent, fence, language] = /^( *)(`{3,}|~{3,})\s*([\w+-]*)/.exec(lines[i]) ?? [];
    if (fence === undefined) continue;
    const end = lines.findIndex((line, at) => at > i && line.trim() === fence);
    if (end < 0) throw new Error(`${page}:${i + 1}: a block of code that does not end`);
    const code = lines
      .slice(i + 1, end)
      .map((line) => line.slice(indent.length))
      .join('\n');
    blocks.push({ page, line: i + 1, language, code: `${code}\n`, ...marksOf(lines.slice(0, i).join('\n')) });
    i = end;
  }
  return blocks;
}

/** Returns what the comments at the end of a text say of the block that follows. */
function marksOf(before) {
  const marks = { with: '' };
  let [rest, comment] = lastComment(before);
  for (; comment !== undefined; [rest, comment] = lastComment(rest)) {
    const [, shownOnly] = /^snippet: shown only: (.+)$/s.exec(comment) ?? [];
    const [, assumed] = /^snippet: with:\s(.+)$/s.exec(comment) ?? [];
    if (shownOnly) marks.shownOnly = shownOnly;
    else if (assumed) marks.with = `${assumed}\n${marks.with}`;
    else if (comment.startsWith('examples/')) marks.example = comment;
    else if (comment.startsWith('snippet')) throw new Error(`this mark means nothing: ${comment}`);
  }
  return marks;
}

function lastComment(text) {
  const [, comment] = /<!--((?:(?!-->).)*)-->\s*$/s.exec(text) ?? [];
  if (comment === undefined) return [text];
  return [text.slice(0, text.lastIndexOf('<!--')), comment.trim()];
}
