// Reads the requests of Mixpanel's clients, and writes the answers that they expect (collector/server).

import type { IncomingMessage, ServerResponse } from 'node:http';
import { gunzipSync } from 'node:zlib';
import { NoRecordsError, recordsOfBody, recordsOfData } from '../testing/decode.js';
import { type CollectorAnswer, statusOf, textOfAnswer } from '../testing/recorder.js';

/** What a client has sent. */
export interface Sent {
  records: unknown[];
  /** The project of records that name none. */
  token: string;
}

const transparentGIF = Buffer.from('R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7', 'base64');

/** Returns the parameters of the address of a request. */
export const parametersOf = ({ url }: IncomingMessage): URLSearchParams => addressOf(url).searchParams;

/** Returns the path of a request, without a slash at its end. */
export const pathOf = ({ url }: IncomingMessage): string => addressOf(url).pathname.replace(/\/+$/, '');

const addressOf = (url = '/') => new URL(url.replace(/^\/*/, '/'), 'http://localhost');

/** Reads the body of a request. */
export async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const body = Buffer.concat(chunks);
  // By the first bytes, because clients and proxies set Content-Encoding wrongly.
  return body[0] === 0x1f && body[1] === 0x8b ? gunzipSync(body) : body;
}

/** Returns what a client has sent, in the body or in the address. Throws a NoRecordsError if that cannot be read. */
export function readRecords(request: IncomingMessage, body: Buffer): Sent {
  const [, credentials = ''] = /^Basic (.+)$/.exec(request.headers.authorization ?? '') ?? [];
  const token = parametersOf(request).get('token') || Buffer.from(credentials, 'base64').toString().split(':')[0] || '';
  const records = body.length ? recordsOfBody(body) : recordsOfData(parametersOf(request).get('data') ?? '');
  return { records, token };
}

/** Allows the page that has sent a request to read its answer. */
export function allowOrigin(request: IncomingMessage, response: ServerResponse): void {
  response.setHeader('Cache-Control', 'no-store');
  response.setHeader('Vary', 'Origin');
  const { origin } = request.headers;
  if (!origin) return;
  // Not "*", because mixpanel-browser sends with credentials.
  response.setHeader('Access-Control-Allow-Origin', origin);
  response.setHeader('Access-Control-Allow-Credentials', 'true');
  response.setHeader('Access-Control-Expose-Headers', 'Retry-After');
}

/** Answers a CORS preflight: everything is allowed. */
export function answerPreflight(request: IncomingMessage, response: ServerResponse): void {
  const asked = request.headers['access-control-request-headers'];
  response.setHeader('Access-Control-Allow-Methods', 'GET, POST, OPTIONS');
  response.setHeader(
    'Access-Control-Allow-Headers',
    asked || 'Authorization, Content-Type, Content-Encoding, X-Requested-With',
  );
  if (request.headers['access-control-request-private-network'])
    response.setHeader('Access-Control-Allow-Private-Network', 'true');
  response.writeHead(204).end();
}

/** Answers with what the recorder says: 1 or 0, with verbose=1 JSON; for JSONP a script, for img=1 an image. */
export function answerRecords(
  request: IncomingMessage,
  response: ServerResponse,
  answer: CollectorAnswer,
  count: number,
): void {
  const parameters = parametersOf(request);
  const path = pathOf(request);
  const isImport = path === '/import' && /json/.test(request.headers['content-type'] ?? '');
  const text = isImport ? importAnswer(answer, count) : textOfAnswer(answer, parameters.get('verbose') === '1');
  const callback = parameters.get('callback');
  const status = statusOf(path, answer);
  if (callback && /^[\w$.[\]]+$/.test(callback))
    response.writeHead(200, { 'Content-Type': 'text/javascript' }).end(`${callback}(${text});`);
  else if (parameters.get('img') === '1')
    response.writeHead(status, { 'Content-Type': 'image/gif' }).end(transparentGIF);
  else response.writeHead(status, { 'Content-Type': /^{/.test(text) ? 'application/json' : 'text/plain' }).end(text);
}

/** Answers a request that could not be read. */
export function refuse(request: IncomingMessage, response: ServerResponse, error: unknown): void {
  if (response.headersSent || request.socket.destroyed) return;
  const isFaulty = error instanceof NoRecordsError || /^Z_/.test(String((error as { code?: unknown }).code));
  const answer = { status: 0, error: String((error as Error).message), refused: 'request' };
  const text = parametersOf(request).get('verbose') === '1' ? JSON.stringify(answer) : '0';
  response
    .writeHead(isFaulty ? 400 : 500, { 'Content-Type': /^{/.test(text) ? 'application/json' : 'text/plain' })
    .end(text);
}

function importAnswer({ error, failed_records = [] }: CollectorAnswer, count: number): string {
  const num_records_imported = count - failed_records.length;
  return JSON.stringify(
    error
      ? { code: 400, error, failed_records, num_records_imported, status: 'Bad Request' }
      : { code: 200, num_records_imported, status: 'OK' },
  );
}
