import { createTestKit } from 'throughline/testing';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';

let kit;
let shop;

beforeEach(async () => {
  kit = await createTestKit();
  vi.resetModules();
  vi.doMock('throughline', () => ({ default: kit.throughline }));
  shop = await import('./shop.js');
});
afterEach(() => vi.useRealTimers());

test('who signs up stays one person', async () => {
  const visitor = kit.distinctId();
  shop.signUp('jane', 'pro');
  const { distinct_id } = await kit.expectEvent('Signed Up', { plan: 'pro' });
  expect(distinct_id).toBe(visitor);
  await kit.expectOnePerson(visitor, 'jane');
  kit.expectNoWarnings();
});

test('who logs out is followed by somebody else', async () => {
  shop.signUp('jane', 'pro');
  const jane = kit.distinctId();
  shop.logOut();
  shop.signUp('omar', 'free');
  expect(kit.distinctId()).not.toBe(jane);
  await expect(kit.expectOnePerson('jane', 'omar')).rejects.toThrow('"omar" is not the person of "jane"');
  expect(await kit.people()).toHaveLength(2);
});

test('a misuse throws where it happens, with words', () => {
  expect(() => shop.signUpWrongly('jane')).toThrow(/alias_after_identify/);
});

test("Vitest's own clock does not stop it", async () => {
  vi.useFakeTimers();
  const other = await createTestKit({ token: 'other' });
  other.throughline.track('Hello');
  await other.advance(60_000);
  await other.expectEvent('Hello');
});
