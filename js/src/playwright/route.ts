// How pages are answered in browsers that cannot be started with Chromium's arguments: by a route of the test tool.

import type { ContextLike } from './browser-types.js';
import type { Endpoint } from './endpoint.js';

/**
 * Sends to the endpoint what the pages of a context of Playwright send to `apiHosts` and to Mixpanel. Test tools do not see what the browser sends once a
 * page is gone, nor the body of every beacon: that goes again at the next visit, as without a network. Chromium's arguments (`chromiumArgs`) lose nothing.
 */
export async function routeToEndpoint(context: ContextLike, endpoint: Endpoint): Promise<void> {
  await context.route(endpoint.isForCollector, async (route) => {
    const request = route.request();
    const { pathname, search } = new URL(request.url());
    const { host, 'content-length': _length, ...headers } = request.headers();
    const method = request.method();
    const sent = request.postDataBuffer();
    try {
      const body = method === 'POST' && sent ? { body: Uint8Array.from(sent) } : {};
      const answer = await fetch(`${endpoint.url}${pathname}${search}`, { method, headers, ...body });
      await route.fulfill({
        status: answer.status,
        headers: Object.fromEntries(answer.headers),
        body: Buffer.from(await answer.arrayBuffer()),
      });
    } catch {
      await route.abort().catch(() => {}); // The endpoint is offline, or the page is gone.
    }
  });
}
