// examples/go-server: the page and the Go server track the same person.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';
import { test } from '../harness/bounded-test.mjs';
import { freePort } from '../harness/collector.mjs';
import { useEnvironment } from '../harness/environment.mjs';
import { startServer, useShop } from '../harness/example.mjs';

const environment = useEnvironment();
const folder = mkdtempSync(join(tmpdir(), 'throughline-go-server-'));

after(() => rmSync(folder, { recursive: true, force: true }));

test('go-server: what the page tells and what the server tells is one person', async () => {
  const { collector } = environment;
  const program = join(folder, 'shop');
  execFileSync('go', ['build', '-o', program, './examples/go-server'], {
    cwd: join(import.meta.dirname, '..', '..', '..'),
  });
  const address = `127.0.0.1:${await freePort()}`;
  const stop = await startServer(program, ['-addr', address, '-collector', collector.url], {}, `http://${address}`);
  try {
    const device = await environment.device();
    const events = await useShop({
      device,
      collector,
      url: `http://${address}`,
      token: 'demo',
      own: ['Order Paid'],
      views: 1,
    });
    const paid = events.find(({ event }) => event === 'Order Paid');
    assert.equal(paid.properties.distinct_id, 'user-1');
  } finally {
    await stop();
  }
});
