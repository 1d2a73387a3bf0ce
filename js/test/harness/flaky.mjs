// A line that fails as told: a proxy in front of the collector, whose behaviour a test sets for each request.

import { request as ask, createServer } from 'node:http';
import { until } from './collector.mjs';

/** What a rule can answer. */
export const pass = { act: 'pass' };
/** The connection breaks before the collector hears of it. */
export const reset = { act: 'reset' };
/** The collector commits, and the connection breaks before the page hears of it. */
export const loseAnswer = { act: 'lose' };
/** The request is taken, and nothing ever comes back. */
export const never = { act: 'never' };
/** An answer in the collector's place. `opaque` is one without CORS headers, as a load balancer gives it. */
export const status = (code, headers = {}, { body = '', opaque = false } = {}) => ({
  act: 'status',
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
export async function startFlaky(target) {
  const requests = [];
  let open = 0;
  const line = { url: '', requests, rule: () => pass };

  async function answer(request, response) {
    const body = await text(request);
    const seen = { number: requests.length, events: eventsIn(body), body, headers: request.headers };
    requests.push(seen);
    const how = line.rule(seen);
    seen.how = how.act === 'status' ? how.code : how.act;
    switch (how.act) {
      case 'never':
        return;
      case 'reset':
        return request.socket.resetAndDestroy();
      case 'status':
        return response.writeHead(how.code, { ...(how.opaque ? {} : cors(request)), ...how.headers }).end(how.body);
      default:
    }
    const { statusCode, headers, body: answered } = await passOn(target, request, body);
    seen.status = statusCode;
    if (how.act === 'lose') request.socket.resetAndDestroy();
    else response.writeHead(statusCode, headers).end(answered);
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
  line.url = `http://127.0.0.1:${port}`;
  /** From now on connections are refused. */
  line.down = close;
  line.up = () => listen(port);
  /** Waits until no request is under way to the collector. */
  line.quiet = () => until(() => open === 0, 'no request is under way');
  line.stop = () => (server.listening ? close() : undefined);
  return line;
}

function cors({ headers }) {
  return {
    'Access-Control-Allow-Origin': headers.origin ?? '*',
    'Access-Control-Allow-Credentials': 'true',
    'Access-Control-Expose-Headers': 'Retry-After',
  };
}

async function text(stream) {
  const chunks = [];
  for await (const chunk of stream) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

function passOn(target, { method, url, headers }, body) {
  return new Promise((resolve, reject) => {
    const { host, ...rest } = headers;
    const passed = ask(target + url, { method, headers: rest, agent: false }, async (answered) => {
      const { 'transfer-encoding': _, connection, ...kept } = answered.headers;
      resolve({ statusCode: answered.statusCode, headers: kept, body: await text(answered) });
    });
    passed.on('error', reject).end(body);
  });
}
