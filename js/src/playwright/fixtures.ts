// The fixtures for @playwright/test. They are objects of functions, so that this entry does not import the test runner.

import { type ContextLike, type Emitter, listenTo } from './browser-types.js';
import { type Endpoint, type EndpointOptions, startEndpoint } from './endpoint.js';
import { mergeArgs } from './launch.js';
import { routeToEndpoint } from './route.js';
import { Session } from './session.js';

/** Options of the fixtures, which the configuration of Playwright has in `use: { throughlineOptions: {...} }`. */
export interface ThroughlineOptions extends Pick<EndpointOptions, 'apiHosts'> {
  /** Whether a test fails at its end if a page misused the library. Default true. */
  failOnMisuse?: boolean;
  /** The codes of warnings that do not count as a misuse. */
  except?: readonly string[];
}

/** The fixtures of one test. */
export interface ThroughlineFixtures {
  /** What the pages of this test have sent, and their warnings. */
  throughline: Session;
}

/** The fixtures of a worker. */
export interface ThroughlineWorkerFixtures {
  throughlineOptions: ThroughlineOptions;
  /** The server that takes the place of the collector. */
  throughlineEndpoint: Endpoint;
}

type Use<Value> = (value: Value) => Promise<void>;
interface LaunchOptions {
  args?: string[];
}
interface LaunchFixtures {
  launchOptions: LaunchOptions;
  browserName: string;
  throughlineEndpoint: Endpoint;
}
interface BrowserFixtures<Browser> {
  browser: Browser;
  browserName: string;
  throughlineEndpoint: Endpoint;
}

/** Returns what `base.extend` of @playwright/test takes. `options` are the defaults of `throughlineOptions`. */
export function throughlineFixtures(options: ThroughlineOptions = {}) {
  // A worker runs one test at a time. What comes between two tests, as in beforeAll, belongs to the later one, and so do pages that stay open.
  let session: Session;
  let prepare: (context: ContextLike) => Promise<void>;
  const prepared = new Map<ContextLike, Promise<void>>(); // The contexts that are open.
  return {
    throughlineOptions: [options, { scope: 'worker', option: true }] as [
      ThroughlineOptions,
      { scope: 'worker'; option: true },
    ],

    throughlineEndpoint: [
      async ({ throughlineOptions: { apiHosts = [] } }: ThroughlineWorkerFixtures, use: Use<Endpoint>) => {
        const endpoint = await startEndpoint({ apiHosts });
        session = new Session(endpoint);
        await use(endpoint);
        await endpoint.stop();
      },
      { scope: 'worker' },
    ] as [(fixtures: ThroughlineWorkerFixtures, use: Use<Endpoint>) => Promise<void>, { scope: 'worker' }],

    launchOptions: [
      async ({ launchOptions, browserName, throughlineEndpoint }: LaunchFixtures, use: Use<LaunchOptions>) => {
        const { args = [] } = launchOptions;
        const added = browserName === 'chromium' ? throughlineEndpoint.chromiumArgs : [];
        await use({ ...launchOptions, args: mergeArgs(args, added) });
      },
      { scope: 'worker' },
    ] as [(fixtures: LaunchFixtures, use: Use<LaunchOptions>) => Promise<void>, { scope: 'worker' }],

    // Contexts that a test makes itself are watched too.
    browser: [
      async <Browser extends Emitter>(
        { browser, browserName, throughlineEndpoint }: BrowserFixtures<Browser>,
        use: Use<Browser>,
      ) => {
        prepare = (context) => {
          const started = Promise.all([
            session.watch(context),
            browserName === 'chromium' ? undefined : routeToEndpoint(context, throughlineEndpoint),
          ]).then(
            () => {},
            () => {}, // It may be closed at once.
          );
          prepared.set(context, started);
          listenTo(context, 'close', () => prepared.delete(context));
          return started;
        };
        listenTo(browser, 'context', prepare);
        await use(browser);
      },
      { scope: 'worker' },
    ] as [
      <Browser extends Emitter>(fixtures: BrowserFixtures<Browser>, use: Use<Browser>) => Promise<void>,
      { scope: 'worker' },
    ],

    // The pages close with the context, and after that they cannot be asked what still waits.
    context: async <Context extends ContextLike>(
      { context, throughline }: { context: Context; throughline: Session },
      use: Use<Context>,
    ) => {
      await (prepared.get(context) ?? prepare(context)); // Older versions of Playwright do not tell of contexts.
      await use(context);
      await throughline.accepted();
    },

    throughline: [
      async (
        { throughlineEndpoint, throughlineOptions: { failOnMisuse = true, except = [] } }: ThroughlineWorkerFixtures,
        use: Use<Session>,
      ) => {
        const ended = session;
        await use(ended);
        await ended.delivered(); // Of pages that stay open.
        await ended.quiet(); // What a closing page has sent belongs to this test, not to the next one.
        session = new Session(throughlineEndpoint);
        for (const context of prepared.keys()) void session.watch(context);
        throughlineEndpoint.clear();
        if (failOnMisuse) await ended.expectNoMisuse({ except });
      },
      { auto: true },
    ] as [(fixtures: ThroughlineWorkerFixtures, use: Use<Session>) => Promise<void>, { auto: true }],
  };
}
