// The story of the demo: the steps of a visitor, and the calls that a site makes for each.

import { call, Named } from './call.js';

const origin = new Named('location.origin', location.origin);

/** Returns the call that initialises the library. `explain` is called with every warning. */
export function setUp(token, explain) {
  return call('throughline', 'init', token, { api_host: origin, warnings: new Named('explain', explain) });
}

/** Returns the call that creates a further device: an instance with its own storage. */
export function device(token, name, explain) {
  const options = { api_host: origin, persistence_name: name, warnings: new Named('explain', explain) };
  return call('throughline', 'init', token, options, name);
}

/** Returns the steps of the story for a visitor with an account. */
export function story(token, account, explain) {
  return [
    { name: 'browse', title: 'Browse', calls: [call('throughline', 'track', 'Item Viewed', { item: 'Lamp' })] },
    { name: 'sign-up', title: 'Sign up', calls: [call('throughline', 'alias', account)] },
    {
      name: 'keep-browsing',
      title: 'Keep browsing',
      calls: [call('throughline', 'track', 'Item Added', { item: 'Lamp' })],
    },
    { name: 'log-in', title: 'Log in here', calls: [call('throughline', 'identify', account)] },
    {
      name: 'log-in-elsewhere',
      title: 'Log in on another device',
      calls: [
        device(token, 'phone', explain),
        call('throughline.phone', 'identify', account),
        call('throughline.phone', 'track', 'Cart Opened'),
      ],
    },
    { name: 'log-out', title: 'Log out', calls: [call('throughline', 'reset')] },
  ];
}

/** The accounts of the visitors who use the device one after the other. */
export const accounts = ['jane', 'omar', 'mia', 'kofi', 'lena', 'raj'];
