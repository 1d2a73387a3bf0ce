// How the entry throughline/mixpanel sends: as the options of mixpanel-browser say, so that proxies, test tools and servers that were made for
// it see the requests that they expect. What is sent, and when, is decided in Go all the same.

import { attempt } from '../attempt.js';
import type { Answer, PendingAnswer, SendHook } from '../border.js';
import {
  failedAnswer,
  formType,
  Mode,
  maxBodyCharacters,
  send as pageSend,
  parseRetryAfter,
  type Send,
} from './network.js';
import { stringify } from './stringify.js';

/** The options of mixpanel-browser that concern requests. A page may pass any value. */
export interface MixpanelOptions {
  mixpanel?: boolean;
  api_method?: unknown;
  api_payload_format?: unknown;
  batch_request_timeout_ms?: unknown;
  img?: unknown;
  xhr_headers?: unknown;
}

// Proxies and servers refuse longer addresses. What does not fit goes in a POST.
const maxURLCharacters = 8_000;

const accepted: Answer = { status: 200, retryAfter: -1, body: '1' };

/** Sends a request of a tracker, whose records pass through `hook` if there is one. */
export function sendAsMixpanel(
  options: MixpanelOptions,
  hook: SendHook | undefined,
  send: Send,
  mode: Mode,
  url: string,
  form: Uint8Array<ArrayBuffer>,
): PendingAnswer | undefined {
  const text = decodeURIComponent(new TextDecoder().decode(form).slice('data='.length).replace(/\+/g, ' '));
  if (!hook) return sendData(options, send, mode, url, text);
  const value = JSON.parse(text) as unknown;
  const isList = Array.isArray(value);
  const sent = ((isList ? value : [value]) as unknown[]).map(hook);
  const positions = [...sent.keys()].filter((index) => sent[index]);
  const kept = positions.map((index) => sent[index]);
  if (!kept[0]) return now(accepted); // The page's hooks have left out all of it.
  const answer = sendData(options, send, mode, url, isList ? `[${kept}]` : kept[0]);
  if (!answer || kept.length === sent.length) return answer;
  // biome-ignore lint/suspicious/noThenProperty: see PendingAnswer.
  return { then: (onAnswer) => answer.then((reply) => onAnswer({ ...reply, body: renumber(reply.body, positions) })) };
}

function sendData(
  { api_method, api_payload_format, batch_request_timeout_ms, img, xhr_headers }: MixpanelOptions,
  send: Send,
  mode: Mode,
  url: string,
  json: string,
): PendingAnswer | undefined {
  const body = `data=${encodeURIComponent(api_payload_format === 'base64' ? base64(json) : json)}`;
  const address = `${url}&${body}`;
  const byFetch = () => send(mode, url, new TextEncoder().encode(body));
  if (mode === Mode.Keepalive || send !== pageSend) return byFetch(); // The testing kit has a network of its own.
  if (mode === Mode.Beacon)
    return attempt(() => navigator.sendBeacon(url, body))
      ? now({ status: 0, retryAfter: -1, body: '', isQueued: true })
      : undefined;
  const fits = address.length < maxURLCharacters;
  if (img && fits) return byImage(`${address}&img=1`);
  const isPost = api_method === undefined || api_method === 'POST' || !fits;
  return (
    attempt(() =>
      byXHR(
        isPost ? 'POST' : 'GET',
        isPost ? url : address,
        isPost ? body : null,
        xhr_headers,
        batch_request_timeout_ms,
      ),
    ) ?? byFetch()
  );
}

function byXHR(method: string, url: string, body: string | null, headers: unknown, timeout: unknown): PendingAnswer {
  // Read now, because test tools and monitors of the page replace it. Elsewhere this library uses what was there when it was loaded.
  const request = new window.XMLHttpRequest();
  const [answer, resolve] = pending();
  request.open(method, url, true);
  if (body) request.setRequestHeader('Content-Type', formType);
  for (const [name, value] of Object.entries(Object(headers) as object)) request.setRequestHeader(name, `${value}`);
  request.timeout = Number(timeout) || 0;
  attempt(() => {
    request.withCredentials = true; // As mixpanel-browser does: servers see their cookies.
  });
  request.onreadystatechange = () => {
    if (request.readyState !== 4) return;
    const { status } = request;
    if (!status) failedAnswer(url, 'XMLHttpRequest failed').then(resolve);
    else
      resolve({
        status,
        retryAfter: parseRetryAfter(attempt(() => request.getResponseHeader('Retry-After')) ?? null),
        body: `${request.responseText}`.slice(0, maxBodyCharacters),
      });
  };
  request.send(body);
  return answer;
}

function byImage(url: string): PendingAnswer {
  const [answer, resolve] = pending();
  const image = document.createElement('img');
  image.onload = () => resolve(accepted);
  image.onerror = () => failedAnswer(url, 'the image was not loaded').then(resolve);
  image.src = url;
  image.style.display = 'none';
  document.body.appendChild(image);
  return answer;
}

// Returns an answer to come, and the function that sets it. Unlike a promise it calls back at once.
function pending(): [PendingAnswer, (answer: Answer) => void] {
  const callbacks: ((answer: Answer) => void)[] = [];
  let known: Answer | undefined;
  const resolve = (answer: Answer) => {
    known ??= answer;
    for (const callback of callbacks.splice(0)) callback(known);
  };
  // biome-ignore lint/suspicious/noThenProperty: see PendingAnswer.
  const answer = { then: (callback: (answer: Answer) => void) => (known ? callback(known) : callbacks.push(callback)) };
  return [answer, resolve];
}

function now(answer: Answer): PendingAnswer {
  const [pendingAnswer, resolve] = pending();
  resolve(answer);
  return pendingAnswer;
}

// An answer numbers the records of the request. Go numbers those before the page's hooks left some out.
function renumber(body: string, positions: readonly number[]): string {
  return (
    attempt(() => {
      const answer = JSON.parse(body) as { failed_records?: { index: number }[] };
      for (const failed of answer.failed_records ?? []) failed.index = positions[failed.index] ?? failed.index;
      return stringify(answer);
    }) ?? body
  );
}

function base64(text: string): string {
  let bytes = '';
  for (const byte of new TextEncoder().encode(text)) bytes += String.fromCharCode(byte);
  return btoa(bytes);
}
