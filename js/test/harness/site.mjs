// A web site on its own origin, with pages that tests add, and the built files under /lib/.

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

/** Returns a script tag that loads the library, and one that runs `before` and then init. */
export function scriptTag(token, config, before = '') {
  return `<script src="/lib/throughline.js"></script><script>${before};throughline.init(${JSON.stringify(token)}, ${JSON.stringify(config)})</script>`;
}

/**
 * Starts the site. `answers` maps a path to a function (request, response) that answers it, or to an object of
 * headers that are added; `folders` maps a first path segment to a folder.
 */
export async function startSite({ answers = {}, folders = {} } = {}) {
  const roots = { lib: dist, ...folders };
  const requestedPaths = [];
  // Cookies count for every port of a host, and some tests set many.
  const server = createServer({ maxHeaderSize: 1 << 20 }, (request, response) => {
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
    pipeline(createReadStream(file), response, () => {}); // The page may be left before the file is complete, which is no error.
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${server.address().port}`,
    /** The paths requested so far, in order. */
    requestedPaths,
    answers,
    /** Adds a page, with additional headers, and returns its address. */
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
