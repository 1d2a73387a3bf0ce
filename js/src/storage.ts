// Reads and removes keys of localStorage. Every access to it may throw: it may be blocked by the visitor, full, or missing.

import { attempt } from './attempt.js';

/** Returns the stored text, or '' if there is none or it cannot be read. */
export const read = (key: string): string => attempt(() => localStorage.getItem(key)) ?? '';

/** Removes a key. Does nothing where storage is blocked. */
export const remove = (key: string): void => attempt(() => localStorage.removeItem(key));
