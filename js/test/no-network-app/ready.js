// Under node --test, with the globals of happy-dom: timers are Node's, and would keep it running.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { Window } from 'happy-dom';

test('ready settles, and nothing keeps Node running', async () => {
  const window = new Window({ url: 'https://shop.example/' });
  const { document, location, navigator, screen, localStorage } = window;
  const addEventListener = window.addEventListener.bind(window);
  const globals = { window: globalThis, document, location, navigator, screen, localStorage, addEventListener };
  for (const [name, value] of Object.entries(globals))
    Object.defineProperty(globalThis, name, { value, configurable: true });
  const before = process.getActiveResourcesInfo();
  const warnings = [];
  const { default: throughline } = await import('throughline');
  throughline.init('token', { warnings: (warning) => warnings.push(warning) });
  throughline.track('Bought');
  assert.equal(await throughline.ready, false);
  assert.deepEqual(
    warnings.map(({ code }) => code),
    ['core_failed'],
  );
  assert.match(warnings[0].what, /throughline\/testing/);
  await setTimeout(100); // Timers of no delay are no harm.
  const holding = (resources) => resources.filter((name) => /Timeout|MessagePort/.test(name)).length;
  assert.equal(holding(process.getActiveResourcesInfo()), holding(before));
});
