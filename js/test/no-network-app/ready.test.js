// Without the kit: a DOM without a network.

import throughline from 'throughline';
import { expect, test, vi } from 'vitest';

test('ready tells within a second that nothing is sent here, and names the kit', async () => {
  const warn = vi.spyOn(console, 'warn').mockImplementation(() => {});
  throughline.init('token');
  throughline.track('Bought');
  const started = performance.now();
  expect(await throughline.ready).toBe(false);
  expect(performance.now() - started).toBeLessThan(700);
  expect(warn.mock.calls.map(String).join()).toMatch(/core_failed.*throughline\/testing/);
});
