// The web site on which the libraries run. Files are compressed and cached as on an ordinary site.

import { createServer } from 'node:http';
import { brotliCompressSync } from 'node:zlib';

const types = { js: 'text/javascript', wasm: 'application/wasm', html: 'text/html; charset=utf-8' };

/** Starts the site. */
export async function startShop(libraries) {
  const files = new Map(); // path -> { type, body, headers }
  for (const { files: shipped } of libraries)
    for (const [path, bytes] of Object.entries(shipped))
      files.set(path, {
        type: types[path.split('.').at(-1)],
        body: brotliCompressSync(bytes),
        cache: 'max-age=31536000, immutable',
      });

  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url, 'http://shop');
    const file = files.get(pathname);
    if (!file) return response.writeHead(pathname === '/favicon.ico' ? 204 : 404).end();
    response
      .writeHead(200, {
        'Content-Type': file.type,
        'Content-Encoding': 'br',
        'Cache-Control': file.cache,
        // The clock has steps of 5 microseconds on cross-origin isolated pages, and of 100 on others.
        ...(file.isolated && {
          'Cross-Origin-Opener-Policy': 'same-origin',
          'Cross-Origin-Embedder-Policy': 'require-corp',
        }),
      })
      .end(file.body);
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  let pages = 0;
  return {
    url: `http://127.0.0.1:${server.address().port}`,
    /** Adds a page and returns its address. */
    page(html, { isolated = false } = {}) {
      const path = `/page-${++pages}.html`;
      const body = brotliCompressSync(
        `<!doctype html><html lang="en"><meta charset="utf-8"><title>Shop</title>${html}`,
      );
      files.set(path, { type: types.html, body, cache: 'no-store', isolated });
      return this.url + path;
    },
    /** Adds a page with a library. `window.tracker` is what the library's `init` returns; `before` and `next` are page code. */
    libraryPage(library, host, token, { next = '', before = '', isolated } = {}) {
      if (!library) return this.page(`<script>${before}</script>`, { isolated });
      const script = `window.tracker = (() => {${library.init(host, token)}})();${next}`;
      return this.page(`<script>${before}</script>${library.tag}<script>${script}</script>`, { isolated });
    },
    stop() {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(resolve));
    },
  };
}
