// What an app's own tests do with the package, in Jest with jsdom and nothing else configured.

const throughline = require('throughline');

test('require() gives the library, also as default', () => {
  expect(typeof throughline.track).toBe('function');
  expect(throughline.default).toBe(throughline);
  expect(typeof require('throughline/mixpanel').track).toBe('function');
  expect(typeof require('throughline/inline').track).toBe('function');
});

test('ready tells within a second that nothing is sent here, and names the kit', async () => {
  const warn = jest.spyOn(console, 'warn').mockImplementation(() => {});
  throughline.init('token');
  throughline.track('Bought');
  const started = performance.now();
  expect(await throughline.ready).toBe(false);
  expect(performance.now() - started).toBeLessThan(700);
  expect(warn.mock.calls.map(String).join()).toMatch(/core_failed.*throughline\/testing/);
  warn.mockRestore();
});

test('a tracker named default does not take the place of the library', () => {
  const named = throughline.init('other', { warnings: 'silent' }, 'default');
  expect(throughline.default).toBe(throughline);
  expect(named).not.toBe(throughline);
});

test('the kit works', async () => {
  const { createTestKit } = require('throughline/testing');
  const kit = await createTestKit();
  kit.throughline.alias('jane');
  kit.throughline.identify('jane');
  kit.throughline.track('Signed Up', { plan: 'pro', name: 'Zoë' });
  await kit.expectEvent('Signed Up', { plan: 'pro', name: 'Zoë' });
  await kit.expectOnePerson(kit.distinctId(), 'jane');
  expect(() => kit.throughline.identify('undefined')).toThrow(/bad_id/);
  expect(typeof TextEncoder).toBe('undefined'); // The test's globals are as they were.
});

test('the kit works with fake timers', async () => {
  jest.useFakeTimers();
  const { createTestKit } = require('throughline/testing');
  const kit = await createTestKit();
  kit.throughline.track('Hello');
  await kit.advance(60_000);
  await kit.expectEvent('Hello');
});

test('calls at the end of the last test disturb nothing', () => {
  throughline.track('Left');
});
