// localStorage where every call may throw: blocked by the visitor, full, or not there at all.

import { attempt } from './attempt.js';

/** The stored text, or '' where there is none or none can be read. */
export const read = (key: string): string => attempt(() => localStorage.getItem(key)) ?? '';

/** Removes a text. Blocked storage holds nothing to remove. */
export const remove = (key: string): void => attempt(() => localStorage.removeItem(key));
