// The testing kit under node --test, first without a DOM and then with the globals of happy-dom.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Window } from 'happy-dom';
import { createTestKit } from 'throughline/testing';

test('without a DOM the kit says what it needs', async () => {
  await assert.rejects(createTestKit(), /needs a DOM, and there is no global document: .*happy-dom/);
});

test('with a DOM it works', async () => {
  const window = new Window({ url: 'https://shop.example/' });
  const { document, location, navigator, screen, localStorage } = window;
  const addEventListener = window.addEventListener.bind(window);
  for (const [name, value] of Object.entries({ document, location, navigator, screen, localStorage, addEventListener }))
    Object.defineProperty(globalThis, name, { value, configurable: true });
  const kit = await createTestKit();
  kit.throughline.alias('U');
  kit.throughline.identify('U');
  kit.throughline.track('Signed Up');
  await kit.expectOnePerson(kit.distinctId(), 'U');
  assert.deepEqual(
    (await kit.events()).map(({ event }) => event),
    ['$create_alias', '$identify', 'Signed Up'],
  );
});
