// All scenarios, by topic. Each is one function, which gets the tracker and a helper, or an array of the options and a function for each page load.
// A function may be given as text. All scenarios of a topic run on one page, unless they are those of the default tracker.

import { scenarios as consent, doNotTrack } from './consent.mjs';
import { scenarios as events } from './events.mjs';
import { scenarios as groups } from './groups.mjs';
import { scenarios as hooks } from './hooks.mjs';
import { scenarios as identity } from './identity.mjs';
import { scenarios as others, primary } from './others.mjs';
import { scenarios as people } from './people.mjs';
import { batch, scenarios as requests } from './requests.mjs';
import { scenarios as superProperties, visits } from './super-properties.mjs';

export const topics = {
  events: { scenarios: events },
  'super properties': { scenarios: superProperties },
  'later visits': { scenarios: visits },
  identity: { scenarios: identity },
  people: { scenarios: people },
  groups: { scenarios: groups },
  hooks: { scenarios: hooks },
  requests: { scenarios: requests },
  batches: { scenarios: batch },
  consent: { scenarios: consent },
  'Do Not Track': {
    scenarios: doNotTrack,
    init: "Object.defineProperty(Navigator.prototype, 'doNotTrack', { get: () => '1' })",
  },
  'other methods': { scenarios: others },
  'the default tracker': { scenarios: primary, isPrimary: true },
};
