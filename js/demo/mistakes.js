// The classic mistakes. Each run uses new instances and new persons, so that the demo's story is not affected.
//
// `make` returns the names of the `people` involved and the calls of each page load. `conclude` returns a sentence about the result. It is
// given the persons and their events as the collector reports them afterwards, the oldest event first, and `people`.

import { call } from './call.js';
import { count } from './format.js';
import { device } from './story.js';

/** The mistakes. `make` is given { token, n, explain }, where n is different for each run. */
export const mistakes = [
  {
    name: 'identify-before-alias',
    title: 'Identify before alias',
    make: ({ token, n, explain }) => {
      const [laptop, ana] = [`throughline.laptop${n}`, `ana-${n}`];
      return {
        people: [ana],
        pageLoads: [
          [
            device(token, `laptop${n}`, explain),
            call(laptop, 'track', 'Item Viewed'),
            call(laptop, 'identify', ana),
            call(laptop, 'alias', ana),
            call(laptop, 'track', 'Signed Up'),
          ],
        ],
      };
    },
    conclude: ({ persons }) =>
      persons.length > 1
        ? 'One human is now two persons: what was done before stays with the anonymous one, for good.'
        : 'Still one person.',
  },
  {
    name: 'alias-twice',
    title: 'Alias twice',
    make: ({ token, n, explain }) => {
      const [laptop, ben] = [`throughline.laptop${n}`, `ben-${n}`];
      return {
        people: [ben],
        pageLoads: [
          [
            device(token, `laptop${n}`, explain),
            call(laptop, 'track', 'Item Viewed'),
            call(laptop, 'alias', ben),
            call(laptop, 'track', 'Item Added'),
            call(laptop, 'alias', ben),
          ],
        ],
      };
    },
    conclude: ({ persons, events }) => {
      const sent = events.filter(({ event }) => event === '$create_alias').length;
      return persons.length === 1 && sent === 1
        ? 'Still one person: the second alias says nothing new, so it was never sent.'
        : `${count(sent, 'alias', 'aliases')} arrived, for ${count(persons.length, 'person')}.`;
    },
  },
  {
    name: 'alias-on-second-device',
    title: 'Alias again on the second device',
    make: ({ token, n, explain }) => {
      const [laptop, tablet, cleo] = [`throughline.laptop${n}`, `throughline.tablet${n}`, `cleo-${n}`];
      return {
        people: [cleo],
        pageLoads: [
          [
            device(token, `laptop${n}`, explain),
            call(laptop, 'alias', cleo),
            call(laptop, 'track', 'Signed Up'),
            call(laptop, 'flush'),
            device(token, `tablet${n}`, explain),
            call(tablet, 'track', 'Item Viewed'),
            call(tablet, 'alias', cleo),
            call(tablet, 'flush'),
            call(tablet, 'track', 'Item Bought'),
          ],
        ],
      };
    },
    conclude: ({ persons, events }) => {
      const owner = events.find(({ event }) => event === 'Signed Up')?.person;
      const after = events.find(({ event }) => event === 'Item Bought')?.person;
      return persons.length > 1 && owner === after
        ? 'What the second device did before the alias stays a person of its own. What it did after reaches the right one.'
        : `One human is now ${count(persons.length, 'person')}.`;
    },
  },
  {
    name: 'mistyped-id',
    title: 'A mistyped id',
    make: ({ token, n, explain }) => {
      const laptop = `throughline.laptop${n}`;
      const [dora, doar] = [`dora${n}@example.com`, `doar${n}@example.com`];
      return {
        people: [dora, doar],
        pageLoads: [
          [
            device(token, `laptop${n}`, explain),
            call(laptop, 'track', 'Item Viewed'),
            call(laptop, 'alias', dora),
            call(laptop, 'identify', doar),
            call(laptop, 'track', 'Item Bought'),
          ],
        ],
      };
    },
    conclude: ({ persons }) =>
      persons.length > 1
        ? 'One human is now two persons: two letters changed places, and the line broke.'
        : 'Still one person.',
  },
  {
    name: 'no-reset',
    title: 'No reset between two people',
    make: ({ token, n, explain }) => {
      const [shared, ella, finn] = [`throughline.shared${n}`, `ella-${n}`, `finn-${n}`];
      return {
        people: [ella, finn],
        pageLoads: [
          [
            device(token, `shared${n}`, explain),
            call(shared, 'identify', ella),
            call(shared, 'register', { plan: 'gold' }),
            call(shared, 'track', 'Item Bought'),
            call(shared, 'identify', finn),
            call(shared, 'track', 'Item Viewed'),
          ],
        ],
      };
    },
    conclude: ({ events, people: [first, second] }) => {
      const leaked = events.find(({ event, person }) => event === 'Item Viewed' && person === second)?.properties.plan;
      return leaked
        ? `${second} is a person of their own, but was tracked with what ${first} left behind: plan “${leaked}”.`
        : `Nothing of ${first} was left when ${second} began.`;
    },
  },
  {
    name: 'reset-every-page',
    title: 'Reset on every page',
    make: ({ token, n, explain }) => {
      const laptop = `throughline.laptop${n}`;
      const visit = [
        device(token, `laptop${n}`, explain),
        call(laptop, 'reset'),
        call(laptop, 'track', 'Page Viewed'),
        call(laptop, 'flush'),
      ];
      return { people: [], pageLoads: [visit, visit, visit] };
    },
    conclude: ({ persons }) =>
      `One human who looked at three pages is now ${count(persons.length, 'person')}. Nobody ever comes back.`,
  },
];
