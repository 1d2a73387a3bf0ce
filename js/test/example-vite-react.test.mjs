// examples/vite-react: installed with React 19, checked by TypeScript, built by Vite, and used.

import { join } from 'node:path';
import { after } from 'node:test';
import { test } from './harness/bounded-test.mjs';
import { useEnvironment } from './harness/environment.mjs';
import { installExample, useShop } from './harness/example.mjs';

const example = installExample('vite-react');
const environment = useEnvironment({ folders: { shop: join(example.root, 'dist') } });

after(example.remove);

// With the development build of React, StrictMode runs effects twice.
for (const mode of ['production', 'development'])
  test(`vite-react, ${mode}: a visitor signs up, buys and logs out`, async () => {
    const { collector, site } = environment;
    const token = environment.token();
    example.build({ VITE_TOKEN: token, VITE_COLLECTOR: collector.url, NODE_ENV: mode });
    const device = await environment.device();
    await useShop({ device, collector, url: `${site.url}/shop/index.html`, token });
  });
