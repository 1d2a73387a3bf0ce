// The server to which all libraries send. It answers each as its own backend does, and records when each event arrived. Events are told
// apart by their insert ids. With `forward`, our events and Mixpanel's are passed on to a collector, and count once it acknowledges them.

import { createServer } from 'node:http';
import { gunzipSync } from 'node:zlib';
import { until } from '../../test/harness/collector.mjs';
import { readBody } from '../../test/harness/faulty-proxy.mjs';

/** Starts the sink. */
export async function startSink({ forward } = {}) {
  const arrivals = new Map(); // token -> insert id -> ms since the epoch
  let forcedStatus; // the status of all answers, if set
  const server = createServer(async (request, response) => {
    const { origin } = request.headers;
    response.setHeader('Access-Control-Allow-Origin', origin ?? '*');
    response.setHeader('Access-Control-Allow-Credentials', 'true');
    response.setHeader('Access-Control-Allow-Headers', request.headers['access-control-request-headers'] ?? '*');
    response.setHeader('Access-Control-Max-Age', '7200');
    response.setHeader('Cross-Origin-Resource-Policy', 'cross-origin');
    if (request.method === 'OPTIONS') return response.writeHead(204).end();
    const body = await readBody(request);
    if (forcedStatus) return response.writeHead(forcedStatus).end();
    const { pathname } = new URL(request.url, 'http://sink');
    const events = eventsIn(pathname, request.headers, body);
    if (forward && /^\/track/.test(pathname)) {
      const { 'content-type': type } = request.headers;
      const reply = await fetch(forward + request.url, { method: 'POST', body, headers: { 'content-type': type } });
      const text = await reply.text();
      if (reply.ok) noteArrivals(events);
      return response.writeHead(reply.status, { 'Content-Type': 'application/json' }).end(text);
    }
    noteArrivals(events);
    response
      .writeHead(200, { 'Content-Type': 'application/json' })
      .end(JSON.stringify(answerOf(pathname, events.length)));
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));

  function noteArrivals(events) {
    for (const { token, id, name } of events) {
      if (!arrivals.has(token)) arrivals.set(token, new Map());
      const ids = arrivals.get(token);
      if (!ids.has(id)) ids.set(id, { at: Date.now(), name });
    }
  }

  const arrived = (token) => [...(arrivals.get(token)?.values() ?? [])];
  return {
    url: `http://127.0.0.1:${server.address().port}`,
    /** Returns the events of a token in order of arrival, as { name, at } with `at` in milliseconds since 1970. */
    arrived,
    /** Returns the number of events of a token. */
    count: (token) => arrivals.get(token)?.size ?? 0,
    /** Answers every request with this status, until it is called with undefined. */
    fail(status) {
      forcedStatus = status;
    },
    forget: (token) => arrivals.delete(token),
    /** Waits until so many events of a token have arrived. */
    async wait(token, count, seconds = 20) {
      const what = `${count} events of ${token} arrived`;
      await until(
        () => this.count(token) >= count,
        what,
        () => `${this.count(token)} did`,
        seconds,
      );
      return arrived(token);
    },
    stop() {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(resolve));
    },
  };
}

function answerOf(path, events) {
  if (path.startsWith('/2/'))
    return { code: 200, events_ingested: events, payload_size_bytes: 1, server_upload_time: Date.now() };
  return { status: 1, error: null };
}

/** Returns { token, id, name } of each event in a request. */
export function eventsIn(path, headers, body) {
  let text = body;
  if (headers['content-encoding'] === 'gzip' || (body[0] === 0x1f && body[1] === 0x8b)) text = gunzipSync(body);
  text = text.toString();
  if (path.startsWith('/2/')) {
    const { api_key: token, events } = JSON.parse(text);
    return events.map((event) => ({ token, id: event.insert_id, name: event.event_type }));
  }
  if (path.startsWith('/track')) {
    const data = headers['content-type']?.startsWith('application/json') ? text : new URLSearchParams(text).get('data');
    const records = JSON.parse(data.trim().startsWith('[') || data.trim().startsWith('{') ? data : atob(data));
    return [records]
      .flat()
      .map(({ event, properties: { token, $insert_id } }) => ({ token, id: $insert_id, name: event }));
  }
  if (/^\/(e|i|batch|capture)\b/.test(path)) {
    const data = text.startsWith('data=') ? atob(new URLSearchParams(text).get('data')) : text;
    const records = JSON.parse(data);
    return [records.batch ?? records].flat().map(({ event, uuid, properties }) => ({
      token: properties.token,
      id: uuid ?? properties.$insert_id,
      name: event,
    }));
  }
  return [];
}
