// The entry throughline/playwright, for browser tests. It runs under Node.

export type { SentEvent, SentUpdate, TestPerson } from '../testing/recorder.js';
export type { ContextLike, PageLike, PuppeteerPageLike } from './browser-types.js';
export { type Endpoint, type EndpointOptions, startEndpoint } from './endpoint.js';
export {
  type ThroughlineFixtures,
  type ThroughlineOptions,
  type ThroughlineWorkerFixtures,
  throughlineFixtures,
} from './fixtures.js';
export type { Misuse } from './misuses.js';
export { routeToEndpoint } from './route.js';
export { Session, type Waiting } from './session.js';
