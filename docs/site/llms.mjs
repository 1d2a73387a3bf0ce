// llms.txt, in the form of llmstxt.org: what the documentation has, for programs that read it. It is made of the same list of pages.

import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { repository, siteLink } from './markdown.mjs';
import { pages, sections } from './pages.mjs';

const docs = join(import.meta.dirname, '..');
const summary =
  'Mixpanel-compatible web tracking that keeps identity right: from anonymous visitor, through sign-up and login, to the next device. ' +
  'The rules are Go, run in the page as WebAssembly; a small Go collector stores the events and shows them live.';
const rule =
  'At sign-up call alias(id) once and then identify(id); at login, on any device, identify(id) only; at logout reset(). Nothing else says who a visitor is.';

/** Returns the text of llms.txt, whose links are made by `link` of a page. */
export function llmsText(link) {
  const lists = sections.map(({ title, pages }) => {
    const lines = pages.map((page) => `- [${page.title}](${link(page)}): ${page.about}`);
    // Programs that are short of room leave out a section of this name.
    return `## ${title === 'Inside' ? 'Optional' : title}\n\n${lines.join('\n')}\n`;
  });
  return `# Throughline\n\n> ${summary}\n\n${rule}\n\n${lists.join('\n')}`;
}

/** The llms.txt of the npm package, which links to the repository. */
export const packageLlmsText = () =>
  llmsText(({ file }) => `${repository.replace('github.com', 'raw.githubusercontent.com')}/main/docs/${file}`);

/** Writes llms.txt, llms-full.txt and the source of every page, beside it with `.md` after its name, into the site. */
export function writeMarkdown(folder) {
  const sources = pages.map((page) => ({ page, text: markdown(page) }));
  for (const { page, text } of sources) {
    const path = join(folder, siteMarkdown(page.path));
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
  }
  writeFileSync(
    join(folder, 'llms.txt'),
    llmsText(({ path }) => siteMarkdown(path)),
  );
  writeFileSync(join(folder, 'llms-full.txt'), sources.map(({ text }) => text).join('\n'));
}

const siteMarkdown = (path) => path.replace(/\.md$/, '.html.md');

/**
 * Returns the source of a page, without the marks for tests, with words in place of pictures, and with links that lead somewhere from the
 * site. Blocks of code stay as they are.
 */
function markdown({ file }) {
  return readFileSync(join(docs, file), 'utf8')
    .split(/(^ *```.*?^ *```$\n?)/ms)
    .map((part, number) => (number % 2 ? part : prose(part)))
    .join('');
}

const prose = (text) =>
  text
    .replace(/<!--.*?-->\n?/gs, '')
    .replace(/!\[([^\]]*)\]\([^)]*\)/g, '(Picture: $1)')
    .replace(/\]\(([^)\s]+)\)/g, (_, href) => {
      const target = siteLink(href);
      return `](${target.includes('://') ? target : target.replace(/\.md(?=#|$)/, '.html.md')})`;
    });
