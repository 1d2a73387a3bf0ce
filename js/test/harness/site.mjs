// A web site on an origin of its own: the pages under views/ and the shipped files under /lib/.

import { createReadStream, existsSync } from 'node:fs';
import { createServer } from 'node:http';
import { extname, join, normalize } from 'node:path';
import { pipeline } from 'node:stream';
import { dist } from './collector.mjs';

const types = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript',
  '.mjs': 'text/javascript',
  '.wasm': 'application/wasm',
  '.css': 'text/css',
  '.svg': 'image/svg+xml',
};

/** The script tag, and the init call with its configuration. */
export function scriptTag(token, config, before = '') {
  return `<script src="/lib/throughline.js"></script><script>${before};throughline.init(${JSON.stringify(token)}, ${JSON.stringify(config)})</script>`;
}

/**
 * Serves the site. `answers` maps a path to a function (request, response) that answers in its place, or to an object of
 * headers that are added; `folders` maps a first path segment to a folder.
 */
export async function startSite({ answers = {}, folders = {} } = {}) {
  const roots = { lib: dist, ...folders };
  const requestedPaths = [];
  const server = createServer((request, response) => {
    const path = normalize(decodeURIComponent(new URL(request.url, 'http://site').pathname));
    requestedPaths.push(path);
    const answer = answers[path];
    if (typeof answer === 'function') return answer(request, response);
    const [, first, ...rest] = path.split('/');
    const file = roots[first] && join(roots[first], ...rest);
    if (!file || !existsSync(file) || !extname(file)) return response.writeHead(404).end();
    response.writeHead(200, {
      'Content-Type': types[extname(file)] ?? 'application/octet-stream',
      'Cache-Control': 'no-store',
      ...answer,
    });
    pipeline(createReadStream(file), response, () => {}); // A page that leaves in the middle is nobody's error.
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${server.address().port}`,
    /** Paths asked for, in order. */
    requestedPaths,
    answers,
    /** Adds a page, with headers of its own, and returns its address. */
    page(path, html, headers = {}) {
      answers[path] = (_request, response) =>
        response
          .writeHead(200, { 'Content-Type': types['.html'], ...headers })
          .end(`<!doctype html><meta charset="utf-8"><title>${path}</title>${html}`);
      return `${this.url}${path}`;
    },
    stop() {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(resolve));
    },
  };
}
