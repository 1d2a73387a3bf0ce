// node:test starts all hooks that a file registers with before() at once. These run one after the other, so that each finds what the earlier ones made.

import { before as beginAtOnce } from 'node:test';

let earlier = Promise.resolve();

/** Registers a hook that runs before the tests of the file, and after the hooks that were registered earlier. It does not run if one of them failed. */
export function before(run) {
  const mine = () => (earlier = earlier.then(run));
  beginAtOnce(mine);
}
