// How the Markdown of docs/, which has to read well on GitHub, becomes pages of the site.

import { posix } from 'node:path';

export const repository = 'https://github.com/throughline/throughline';

/** Returns the id that GitHub gives a heading, so that links to headings work in both places. */
export const githubSlug = (heading) =>
  heading
    .trim()
    .toLowerCase()
    .replace(/[^\p{L}\p{M}\p{N}\p{Pc}\- ]/gu, '')
    .replaceAll(' ', '-');

/** Returns where a link of a page in docs/ leads from the site: what is not in docs/ is on GitHub. */
export function siteLink(href) {
  if (/^([a-z]+:|#|\/)/i.test(href)) return href;
  const [, path, fragment] = /^([^#]*)(#.*)?$/.exec(href);
  const inRepository = posix.normalize(posix.join('docs', path));
  if (!inRepository.startsWith('docs/')) return `${repository}/blob/main/${inRepository}${fragment ?? ''}`;
  return href.replace(/^README\.md/, 'index.md');
}

/** A plugin for markdown-it: links, and the alignment of tables as classes in place of style attributes, which a policy may forbid. */
export function repositoryMarkdown(md) {
  md.core.ruler.push('repository', ({ tokens }) => {
    for (const token of tokens) {
      const [, side] = /^text-align:\s*(\w+)/.exec(token.attrGet('style') ?? '') ?? [];
      if (side) {
        token.attrs = token.attrs.filter(([name]) => name !== 'style');
        token.attrJoin('class', `align-${side}`);
      }
      for (const child of token.children ?? [])
        if (child.type === 'link_open') child.attrSet('href', siteLink(child.attrGet('href')));
    }
  });
}
