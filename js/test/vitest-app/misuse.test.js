// A test that must fail: testing-kit-package.test.mjs runs it and checks the message.

import { createTestKit } from 'throughline/testing';
import { test } from 'vitest';

test('an id that is none', async () => {
  const { throughline } = await createTestKit();
  throughline.identify(String(undefined));
});
