// A server that takes every request of a Mixpanel client, remembers it, and answers as Mixpanel does.

import { createServer } from 'node:http';

/**
 * Starts the server. A client sends to `${url}/<mark>`; `requests(mark)` returns what came, in the order in which the page sent it: the page adds a
 * number to each address (scenario-page.mjs), because requests overtake each other on the way.
 */
export async function startRecordingServer() {
  const all = [];
  const server = createServer({ maxHeaderSize: 1 << 20 }, async (request, response) => {
    const chunks = [];
    for await (const chunk of request) chunks.push(chunk);
    const { pathname, searchParams } = new URL(request.url, 'http://server');
    const [, mark, ...rest] = pathname.split('/');
    const { origin = '*' } = request.headers;
    response.setHeader('Access-Control-Allow-Origin', origin);
    response.setHeader('Access-Control-Allow-Credentials', 'true');
    response.setHeader('Access-Control-Allow-Headers', 'content-type, x-own');
    if (request.method === 'OPTIONS') return response.writeHead(204).end();
    const order = Number(searchParams.get('order'));
    for (const name of ['order', '_']) searchParams.delete(name);
    const body = Buffer.concat(chunks).toString();
    const form = new URLSearchParams(body);
    const data = form.get('data') ?? searchParams.get('data');
    searchParams.delete('data');
    all.push({
      mark,
      order,
      method: request.method,
      path: `/${rest.join('/')}`,
      query: Object.fromEntries(searchParams),
      format: /^\s*[[{]/.test(data ?? '') ? 'json' : 'base64',
      own: request.headers['x-own'],
      payload: decode(data),
    });
    const isFailing = /fail/.test(pathname);
    response.setHeader('Content-Type', 'text/plain');
    response.writeHead(isFailing ? 400 : 200);
    if (searchParams.get('callback')) return response.end(`${searchParams.get('callback')}(1)`);
    if (isFailing) return response.end(searchParams.get('verbose') === '1' ? '{"status":0,"error":"refused"}' : '0');
    response.end(searchParams.get('verbose') === '1' ? '{"status":1,"error":null}' : '1');
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${server.address().port}`,
    /** Tells whether the request of that number has come, of the pages whose marks end with `run`. */
    has: (run, number) => all.some(({ mark, order }) => order === number && mark.endsWith(run)),
    requests: (mark) =>
      all
        .filter((request) => request.mark === mark)
        .sort((a, b) => a.order - b.order)
        .map(({ mark: _mark, order: _order, ...request }) => request),
    stop() {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(resolve));
    },
  };
}

// mixpanel-browser's own base64 writes each half of a surrogate pair as three bytes (CESU-8). Mixpanel's server joins them, and so does ours.
function joinHalves(bytes) {
  const half = /\xed([\xa0-\xaf])([\x80-\xbf])\xed([\xb0-\xbf])([\x80-\xbf])/g;
  const unit = (second, third) => 0xd000 | ((second.charCodeAt() & 0x3f) << 6) | (third.charCodeAt() & 0x3f);
  const joined = bytes.replace(half, (_, ...parts) =>
    Buffer.from(String.fromCharCode(unit(parts[0], parts[1]), unit(parts[2], parts[3]))).toString('latin1'),
  );
  return Buffer.from(joined, 'latin1').toString();
}

function decode(data) {
  if (!data) return null;
  const text = /^\s*[[{]/.test(data) ? data : joinHalves(Buffer.from(data, 'base64').toString('latin1'));
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
