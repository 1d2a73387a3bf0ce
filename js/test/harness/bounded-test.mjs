// node:test with a time limit, so that a browser that hangs fails only its own test.

import { test as unbounded } from 'node:test';

const threeMinutes = 180_000; // The longest takes half a minute on a quiet machine.

/** Registers a test as node:test does, with a limit of three minutes. */
export function test(name, ...rest) {
  const run = rest.pop();
  return unbounded(name, { timeout: threeMinutes, ...rest[0] }, run);
}
