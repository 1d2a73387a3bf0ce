import { Mirror } from './mirror.js';
import { type Send, send } from './network.js';
import { pageStorage } from './storage.js';

/** What the core takes from the browser: the testing kit puts its own in their place. */
export const surroundings: {
  storage: () => Storage | undefined;
  mirror: () => Pick<Mirror, 'put' | 'remove' | 'entries' | 'settle'>;
  send: Send;
} = { storage: pageStorage, mirror: () => new Mirror(), send };
