// A line that fails as told: a proxy in front of the collector, whose behaviour a test sets for each request.

import { createServer, request as sendRequest } from 'node:http';
import { until } from './collector.mjs';

/** What a rule can answer. */
export const pass = { kind: 'pass' };
/** The connection breaks before the collector hears of it. */
export const reset = { kind: 'reset' };
/** The collector commits, and the connection breaks before the page hears of it. */
export const dropAnswer = { kind: 'lose' };
/** The request is taken, and nothing ever comes back. */
export const neverAnswer = { kind: 'never' };
/** An answer in the collector's place. `opaque` is one without CORS headers, as a load balancer gives it. */
export const status = (code, headers = {}, { body = '', opaque = false } = {}) => ({
  kind: 'status',
  code,
  headers,
  body,
  opaque,
});

/** The events in a request's body, ours or Mixpanel's, which may be base64. */
export function eventsIn(body) {
  const data = new URLSearchParams(body).get('data');
  return data ? [JSON.parse(/^\s*[[{]/.test(data) ? data : atob(data))].flat() : [];
}

/**
 * Starts a line to `target`. `rule` maps one request ({ number, events, body, headers }) to one of the answers above; `requests` are
 * those that came, each with how it was answered.
 */
export async function startFaultyProxy(target) {
  const requests = [];
  let open = 0;
  const proxy = { url: '', requests, rule: () => pass };

  async function answer(request, response) {
    const body = await readText(request);
    const entry = { number: requests.length, events: eventsIn(body), body, headers: request.headers };
    requests.push(entry);
    const action = proxy.rule(entry);
    entry.action = action.kind === 'status' ? action.code : action.kind;
    switch (action.kind) {
      case 'never':
        return;
      case 'reset':
        return request.socket.resetAndDestroy();
      case 'status':
        return response
          .writeHead(action.code, { ...(action.opaque ? {} : cors(request)), ...action.headers })
          .end(action.body);
      default:
    }
    const { statusCode, headers, body: upstream } = await forward(target, request, body);
    entry.status = statusCode;
    if (action.kind === 'lose') request.socket.resetAndDestroy();
    else response.writeHead(statusCode, headers).end(upstream);
  }

  const server = createServer((request, response) => {
    open++;
    answer(request, response)
      .catch(() => request.socket.destroy()) // The page or the collector is gone.
      .finally(() => open--);
  });
  const listen = (port) =>
    new Promise((resolve, reject) => server.once('error', reject).listen(port, '127.0.0.1', resolve));
  const close = () => {
    server.closeAllConnections();
    return new Promise((resolve) => server.close(resolve));
  };

  await listen(0);
  const { port } = server.address();
  proxy.url = `http://127.0.0.1:${port}`;
  /** From now on connections are refused. */
  proxy.down = close;
  proxy.up = () => listen(port);
  /** Waits until no request is under way to the collector. */
  proxy.waitUntilIdle = () => until(() => open === 0, 'no request is under way');
  proxy.stop = () => (server.listening ? close() : undefined);
  return proxy;
}

function cors({ headers }) {
  return {
    'Access-Control-Allow-Origin': headers.origin ?? '*',
    'Access-Control-Allow-Credentials': 'true',
    'Access-Control-Expose-Headers': 'Retry-After',
  };
}

async function readText(stream) {
  const chunks = [];
  for await (const chunk of stream) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

function forward(target, { method, url, headers }, body) {
  return new Promise((resolve, reject) => {
    const { host, ...rest } = headers;
    const passed = sendRequest(target + url, { method, headers: rest, agent: false }, async (upstream) => {
      const { 'transfer-encoding': _, connection, ...kept } = upstream.headers;
      resolve({ statusCode: upstream.statusCode, headers: kept, body: await readText(upstream) });
    });
    passed.on('error', reject).end(body);
  });
}
