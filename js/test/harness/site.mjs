// A web site on an origin of its own: the pages under views/ and the shipped files under /lib/.

import { createReadStream, existsSync } from 'node:fs';
import { createServer } from 'node:http';
import { extname, join, normalize } from 'node:path';
import { dist } from './collector.mjs';

const views = join(import.meta.dirname, '..', 'views');
const types = { '.html': 'text/html; charset=utf-8', '.js': 'text/javascript', '.mjs': 'text/javascript', '.wasm': 'application/wasm', '.css': 'text/css', '.svg': 'image/svg+xml' };

/**
 * Serves the site. `answers` maps a path to a function (request, response) that answers in its place, or to an object of
 * headers that are added; `folders` maps a first path segment to a folder.
 */
export async function startSite({ answers = {}, folders = {} } = {}) {
  const roots = { lib: dist, ...folders };
  const asked = [];
  const server = createServer((request, response) => {
    const path = normalize(decodeURIComponent(new URL(request.url, 'http://site').pathname));
    asked.push(path);
    const answer = answers[path];
    if (typeof answer === 'function') return answer(request, response);
    const [, first, ...rest] = path.split('/');
    const file = roots[first] ? join(roots[first], ...rest) : join(views, path);
    if (!existsSync(file) || !extname(file)) return response.writeHead(404).end();
    response.writeHead(200, { 'Content-Type': types[extname(file)] ?? 'application/octet-stream', 'Cache-Control': 'no-store', ...answer });
    createReadStream(file).pipe(response);
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${server.address().port}`,
    /** Paths asked for, in order. */
    asked,
    answers,
    stop() {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(resolve));
    },
  };
}
