// The documentation site: docs/*.md by VitePress, into dist/docs. `./build.sh docs` builds it.

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { transformerStyleToClass } from '@shikijs/transformers';
import { defineConfig } from 'vitepress';
import { writeMarkdown } from '../llms.mjs';
import { githubSlug, repository, repositoryMarkdown } from '../markdown.mjs';
import { sections } from '../pages.mjs';

const root = join(import.meta.dirname, '..', '..', '..');
// Colours of code as classes: the policy of the collector's pages allows no style attributes.
const codeColours = transformerStyleToClass({ classPrefix: 'c-' });
// Without it, what a slow machine cannot colour within half a second per line has the wrong colours.
const noTimeLimit = {
  preprocess(_code, options) {
    options.tokenizeTimeLimit = 0;
  },
};
const packageFile = (name) => fileURLToPath(import.meta.resolve(name));
const base = process.env.DOCS_BASE || '/docs/';
if (!/^\/([\w.~-]+\/)*$/.test(base)) throw new Error(`the base ${base} is no path that begins and ends with a slash`);

export default defineConfig({
  title: 'Throughline',
  description: 'Mixpanel-compatible web tracking that keeps identity right',
  lang: 'en',
  base,
  srcDir: '..',
  srcExclude: ['site/**'],
  rewrites: { 'README.md': 'index.md' },
  outDir: join(root, 'dist', 'docs'),
  cacheDir: join(root, '.cache', 'vitepress'),
  metaChunk: true, // Otherwise each page has the site's data as an inline script.
  head: [
    ['link', { rel: 'icon', href: 'data:,' }],
    ['link', { rel: 'stylesheet', href: `${base}code.css` }],
  ],
  // The policy of the collector's pages allows no style attributes. VitePress has two: this one positions the text without need, and the
  // other is the height of a menu, which a script sets when the menu is opened.
  contentProps: {},
  appearance: { disableTransition: false }, // It would add an element of style for a moment, which is refused as well.
  transformHtml: (html) => html.replaceAll(' style="--vp-vh:0px;"', ''),
  // A page without headings has no outline beside it, so that its tables have the room.
  transformPageData({ filePath }) {
    const hasHeadings = /^## /m.test(readFileSync(join(root, 'docs', filePath), 'utf8'));
    return { frontmatter: { aside: hasHeadings } };
  },
  markdown: {
    anchor: { slugify: githubSlug },
    config: (md) => md.use(repositoryMarkdown),
    codeTransformers: [noTimeLimit, codeColours],
    languageAlias: { caddyfile: 'nginx' },
  },
  themeConfig: {
    search: { provider: 'local' }, // In the browser, on an index that is part of the site.
    outline: [2, 3],
    sidebar: sections.map(({ title, pages }) => ({
      text: title,
      items: pages.map(({ title, path }) => ({ text: title, link: `/${path.replace(/(index)?\.md$/, '')}` })),
    })),
    socialLinks: [{ icon: 'github', link: repository }],
    editLink: { pattern: `${repository}/edit/main/docs/:path` },
  },
  vite: {
    build: { assetsInlineLimit: 0 },
    // The pages are outside the folder that has node_modules, so Vue is not found from them.
    resolve: {
      alias: [
        { find: /^vue$/, replacement: packageFile('vue/dist/vue.runtime.esm-bundler.js') },
        { find: /^vue\/server-renderer$/, replacement: packageFile('vue/server-renderer') },
      ],
    },
  },
  buildEnd({ outDir }) {
    writeFileSync(join(outDir, 'code.css'), codeColours.getCSS());
    writeMarkdown(outDir);
  },
});
