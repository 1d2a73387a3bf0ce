// examples/vue, built by Vite.

import { join } from 'node:path';
import { after } from 'node:test';
import { test } from '../harness/bounded-test.mjs';
import { useEnvironment } from '../harness/environment.mjs';
import { installExample, useShop } from '../harness/example.mjs';

const example = installExample('vue');
const environment = useEnvironment({ folders: { shop: join(example.root, 'dist') } });

after(example.remove);

test('vue: a visitor signs up, buys and logs out', async () => {
  const { collector, site } = environment;
  const token = environment.token();
  example.build({ VITE_TOKEN: token, VITE_COLLECTOR: collector.url });
  const device = await environment.device();
  await useShop({ device, collector, url: `${site.url}/shop/index.html`, token });
});
