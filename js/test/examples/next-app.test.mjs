// examples/next-app, built and served by Next.js, which passes events on to the collector.

import { after } from 'node:test';
import { test } from '../harness/bounded-test.mjs';
import { freePort } from '../harness/collector.mjs';
import { useEnvironment } from '../harness/environment.mjs';
import { installExample, startServer, useShop } from '../harness/example.mjs';

const example = installExample('next-app');
const environment = useEnvironment();

after(example.remove);

test('next-app: a visitor signs up, buys and logs out, and the browser talks to the site only', async () => {
  const { collector } = environment;
  const token = environment.token();
  const env = { ...process.env, TOKEN: token, COLLECTOR: collector.url, NEXT_TELEMETRY_DISABLED: '1' };
  example.build(env);
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const args = ['node_modules/next/dist/bin/next', 'start', '-p', port, '-H', '127.0.0.1'];
  const stop = await startServer(process.execPath, args, { cwd: example.root, env }, `${url}/tea`);
  try {
    const device = await environment.device();
    const others = [];
    device.context.on('request', (request) => {
      if (!request.url().startsWith(url) && /^http/.test(request.url())) others.push(request.url());
    });
    await useShop({ device, collector, url: `${url}/tea`, token });
    if (others.length) throw new Error(`the page talked to ${others}`);
  } finally {
    await stop();
  }
});
