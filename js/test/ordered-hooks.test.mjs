import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { test } from './harness/bounded-test.mjs';
import { before } from './harness/ordered-hooks.mjs';

const order = [];
before(async () => {
  await sleep(50);
  order.push('a slow hook');
});
before(() => order.push('the next one'));

test('the hooks of a file run in the order in which they are registered, and before its tests', () => {
  assert.deepEqual(order, ['a slow hook', 'the next one']);
});
