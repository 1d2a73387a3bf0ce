// examples/script-tag, served by nginx with the example's own configuration.

import assert from 'node:assert/strict';
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';
import { test } from '../harness/bounded-test.mjs';
import { freePort } from '../harness/collector.mjs';
import { useEnvironment } from '../harness/environment.mjs';
import { startServer, useShop } from '../harness/example.mjs';

const environment = useEnvironment();
const root = mkdtempSync(join(tmpdir(), 'throughline-script-tag-'));

after(() => rmSync(root, { recursive: true, force: true }));

test('script-tag: a visitor signs up, buys and logs out, and the browser talks to the site only', async () => {
  const { collector } = environment;
  cpSync(join(import.meta.dirname, '..', '..', '..', 'examples', 'script-tag'), root, { recursive: true });
  const port = await freePort();
  const config = readFileSync(join(root, 'nginx.conf'), 'utf8');
  // Where nginx keeps its temporary files needs rights that a test does not have.
  const folders = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
    (name) => `${name}_temp_path ${root}/${name};`,
  );
  const changed = config
    .replace('daemon off;', 'daemon off; master_process off;') // As root, a worker of its own would run as nobody.
    .replace('http {', `http { access_log off; ${folders.join(' ')}`)
    .replace('pid nginx.pid;', `pid ${root}/nginx.pid;`)
    .replace('root .;', `root ${root};`)
    .replace('127.0.0.1:8000', `127.0.0.1:${port}`)
    .replace('http://127.0.0.1:8080', collector.url);
  writeFileSync(join(root, 'nginx.conf'), changed);
  const nginx = existsSync('/usr/sbin/nginx') ? '/usr/sbin/nginx' : 'nginx';
  const url = `http://127.0.0.1:${port}`;
  const stop = await startServer(nginx, ['-p', root, '-c', join(root, 'nginx.conf')], { cwd: root }, url);
  try {
    const device = await environment.device();
    const others = [];
    device.context.on('request', (request) => {
      if (!request.url().startsWith(url) && /^http/.test(request.url())) others.push(request.url());
    });
    await useShop({ device, collector, url: `${url}/index.html`, token: 'demo' });
    assert.deepEqual(others, []);
  } finally {
    await stop();
  }
});
