// Sends requests. What is sent and when, and what an answer means, is decided in Go (wasm/outbox).

import { attempt } from '../attempt.js';
import type { Answer, PendingAnswer } from '../border.js';

/** How a request is sent. wasm/outbox has the same numbers. */
export enum Mode {
  Fetch,
  Keepalive,
  Beacon,
}

/** Sends a request with a form as its body. Returns undefined if the browser refuses a beacon. */
export type Send = (mode: Mode, url: string, form: Uint8Array<ArrayBuffer>) => PendingAnswer | undefined;

const noAnswer: Answer = { status: 0, retryAfter: -1, body: '' };
// The status of a request that the page's Content-Security-Policy forbids: wasm/outbox/ports.go has the same number.
const forbiddenStatus = 1;
/** The maximum length of the body of an answer. What exceeds it is left out. */
export const maxBodyCharacters = 1_000_000;
/** The content type of all requests, which needs no CORS preflight. */
export const formType = 'application/x-www-form-urlencoded';
const requestTimeout = 30_000; // Milliseconds. After that Go sends the events again.

/** Sends with fetch or sendBeacon. */
export const send: Send = (mode, url, form) => (mode === Mode.Beacon ? beacon(url, form) : request(mode, url, form));

// Only a beacon needs a Blob, which takes milliseconds to make.
function beacon(url: string, form: Uint8Array<ArrayBuffer>): Promise<Answer> | undefined {
  const queued = attempt(() => navigator.sendBeacon(url, new Blob([form], { type: formType })));
  return queued ? Promise.resolve(noAnswer) : undefined; // The browser has queued it, but does not tell whether it was delivered.
}

async function request(mode: Mode, url: string, form: Uint8Array<ArrayBuffer>): Promise<Answer> {
  try {
    const answer = await fetch(url, {
      method: 'POST',
      headers: { 'Content-Type': formType },
      body: form,
      keepalive: mode === Mode.Keepalive,
      signal: AbortSignal.timeout?.(requestTimeout) ?? null, // Missing in Safari before 16. Go has a timeout of its own for that.
    });
    // The answer is always read, because the browser counts a keepalive request against its quota until then.
    const text = await answer.text();
    return {
      status: answer.status,
      retryAfter: parseRetryAfter(answer.headers.get('Retry-After')),
      body: text.slice(0, maxBodyCharacters),
    };
  } catch (error) {
    return failedAnswer(url, error);
  }
}

/** Returns the answer that stands for a request which failed with an error. */
export async function failedAnswer(url: string, error: unknown): Promise<Answer> {
  if (navigator.onLine === false) return noAnswer;
  await new Promise((resolve) => setTimeout(resolve)); // The event for the violation comes in a later task.
  const isForbidden = attempt(() => forbiddenOrigins.has(new globalThis.URL(url, location.href).origin));
  return isForbidden
    ? { ...noAnswer, status: forbiddenStatus, body: "the page's Content-Security-Policy forbids it" }
    : { ...noAnswer, body: `${error}`.slice(0, maxReasonCharacters) };
}

let forbiddenOrigins: Set<string>;
const maxReasonCharacters = 200;

/**
 * Begins to remember the origins to which the page's Content-Security-Policy forbids requests. fetch fails then with the same error as
 * without a network, so only the violation event tells the difference.
 */
export function watchPolicyViolations(): void {
  forbiddenOrigins = new Set();
  addEventListener('securitypolicyviolation', ({ disposition, effectiveDirective, blockedURI }) => {
    if (disposition === 'enforce' && effectiveDirective === 'connect-src')
      attempt(() => forbiddenOrigins.add(new globalThis.URL(blockedURI).origin));
  });
}

/** Returns the delay of the header Retry-After, a number of seconds or a date, in milliseconds, or -1 without it. */
export function parseRetryAfter(header: string | null): number {
  if (!header) return -1;
  const seconds = Number(header);
  return Math.max(0, Number.isNaN(seconds) ? Date.parse(header) - Date.now() : seconds * 1000) || 0;
}
