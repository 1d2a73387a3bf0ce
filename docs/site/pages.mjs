// Which pages the site has, in the order of its sidebar. A page of docs/ that is missing here fails a test.

/** The sections of the sidebar. Each page has its file in docs/, its title, and what llms.txt says about it. */
export const sections = [
  {
    title: 'Start',
    pages: [
      ['README.md', 'Throughline', 'what it is, and where to read on'],
      ['quick-start.md', 'Quick start', 'from nothing to events of one person in Live View'],
      [
        'who-is-who.md',
        'Who is who',
        'alias, identify and reset at the four moments: anonymous, sign-up, login on another device, logout',
      ],
    ],
  },
  {
    title: 'In the page',
    pages: [
      ['methods.md', 'Methods and options', 'every method and option; page views, links and forms, profiles'],
      ['warnings.md', 'Warnings', 'every warning of the console: what happened, and how to mend it'],
      [
        'content-security-policy.md',
        'Content-Security-Policy',
        'script-src, worker-src, connect-src, nonces, Trusted Types, pinning files by integrity',
      ],
      ['consent.md', 'Consent', 'opting out and in, Do Not Track, logins before consent'],
      [
        'frameworks.md',
        'Frameworks',
        'React, Next.js, Vue, Svelte, a script tag, a Go server; page views, proxies, types',
      ],
      [
        'toolchains.md',
        'Toolchains',
        'bundlers and test runners: what works as it is, and what has to be copied where',
      ],
      ['limits.md', 'Limits', 'every limit, with its reason'],
    ],
  },
  {
    title: 'From Mixpanel',
    pages: [
      [
        'migration.md',
        'Coming from mixpanel-browser',
        'visitors, consent and waiting events are taken over; what differs',
      ],
      ['mixpanel.md', 'throughline/mixpanel', "the entry with mixpanel-browser's own interface"],
      ['mixpanel-differences.md', 'Differences', 'what throughline/mixpanel does otherwise, and why'],
    ],
  },
  {
    title: 'Tests',
    pages: [
      ['testing.md', 'Testing your site', 'the testing kit, Playwright and other runners'],
      [
        'tracking-plan.md',
        'Tracking plan',
        'which events and properties a site has, checked while it is developed and tested',
      ],
    ],
  },
  {
    title: 'The collector',
    pages: [
      ['collector.md', 'The collector', 'flags, what it takes, its API, PostgreSQL, export, metrics, privacy, backups'],
      ['deploying.md', 'Deploying', 'on a Debian machine and in containers'],
      ['running-in-the-open.md', 'In the open', 'proxies, keys, tokens, rates, what aliases give away, health'],
    ],
  },
  {
    title: 'Inside',
    pages: [
      ['architecture.md', 'Architecture', 'how an event gets from a page to a person'],
      ['figures.md', 'Figures', 'measured: weight, speed, delivery under faults'],
      ['CONTRIBUTING.md', 'Contributing', 'the inner loop, and how to add a warning, a method or a page'],
    ],
  },
].map(({ title, pages }) => ({
  title,
  pages: pages.map(([file, title, about]) => ({ file, title, about, path: file.replace(/README\.md$/, 'index.md') })),
}));

/** All pages, in their order. */
export const pages = sections.flatMap(({ pages }) => pages);
