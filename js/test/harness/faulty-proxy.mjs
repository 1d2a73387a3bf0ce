// A proxy in front of the collector that simulates network faults. The test decides for each request what happens to it.

import { createServer, request as sendRequest } from 'node:http';
import { until } from './collector.mjs';

/** Passes the request on. This and the following are the values that a rule can return. */
export const pass = { kind: 'pass' };
/** Resets the connection, without passing the request on. */
export const reset = { kind: 'reset' };
/** Passes the request on, but resets the connection instead of returning the answer. */
export const dropAnswer = { kind: 'lose' };
/** Accepts the request and never answers. */
export const neverAnswer = { kind: 'never' };
/** Answers in the collector's place. `opaque` leaves the CORS headers out, as load balancers do. */
export const status = (code, headers = {}, { body = '', opaque = false } = {}) => ({
  kind: 'status',
  code,
  headers,
  body,
  opaque,
});

/** Returns the events in the body of a request of this library or of Mixpanel's, which may be base64. */
export function eventsIn(body) {
  const data = new URLSearchParams(body).get('data');
  return data ? [JSON.parse(/^\s*[[{]/.test(data) ? data : atob(data))].flat() : [];
}

/**
 * Starts a proxy to `target`. `rule` maps a request ({ number, events, body, headers }) to one of the values above. `requests` contains the
 * requests so far, each with the action that was taken.
 */
export async function startFaultyProxy(target) {
  const requests = [];
  let open = 0;
  const proxy = { url: '', requests, rule: () => pass };

  async function answer(request, response) {
    const body = (await readBody(request)).toString();
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
      .catch(() => request.socket.destroy()) // The page or the collector has closed the connection.
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
  /** Refuses connections from now on, until `up`. */
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

/** Reads the body of a request or an answer. */
export async function readBody(stream) {
  const chunks = [];
  for await (const chunk of stream) chunks.push(chunk);
  return Buffer.concat(chunks);
}

function forward(target, { method, url, headers }, body) {
  return new Promise((resolve, reject) => {
    const { host, ...rest } = headers;
    const passed = sendRequest(target + url, { method, headers: rest, agent: false }, async (upstream) => {
      const { 'transfer-encoding': _, connection, ...kept } = upstream.headers;
      resolve({ statusCode: upstream.statusCode, headers: kept, body: await readBody(upstream) });
    });
    passed.on('error', reject).end(body);
  });
}
