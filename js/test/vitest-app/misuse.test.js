// Fails, as it should.

import { createTestKit } from 'throughline/testing';
import { test } from 'vitest';

test('an id that is none', async () => {
  const { throughline } = await createTestKit();
  throughline.identify(String(undefined));
});
