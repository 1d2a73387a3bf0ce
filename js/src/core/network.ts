// How bytes leave. When and what to send, and what an answer means, is the outbox's business (wasm/outbox).

import { attempt } from '../attempt.js';

/** How a request travels. wasm/outbox has the same numbers. */
export enum Mode {
  Fetch,
  Keepalive,
  Beacon,
}

/** A server's answer; status 0 where there was none. */
export interface Answer {
  status: number;
  /** Milliseconds that the server asks to wait, from Retry-After; -1 where it did not ask. */
  retryAfter: number;
  body: string;
}

/** Sends one request, with a form as its body. Undefined where the browser refuses a beacon. */
export type Send = (mode: Mode, url: string, form: Uint8Array<ArrayBuffer>) => Promise<Answer> | undefined;

const noAnswer: Answer = { status: 0, retryAfter: -1, body: '' };
const forbiddenStatus = 1; // The status where the page's own policy lets no request out: wasm/outbox/ports.go has the same number.
const maxBodyCharacters = 1_000_000;
const formType = 'application/x-www-form-urlencoded'; // Needs no CORS preflight.
const requestTimeout = 30_000; // Milliseconds; what was not answered by then goes again.

/** Sends through the page's own fetch, or a beacon. */
export const send: Send = (mode, url, form) => (mode === Mode.Beacon ? beacon(url, form) : request(mode, url, form));

// Only a beacon pays for a Blob: making one takes milliseconds.
function beacon(url: string, form: Uint8Array<ArrayBuffer>): Promise<Answer> | undefined {
  const queued = attempt(() => navigator.sendBeacon(url, new Blob([form], { type: formType })));
  return queued ? Promise.resolve(noAnswer) : undefined; // Queued is not delivered.
}

async function request(mode: Mode, url: string, form: Uint8Array<ArrayBuffer>): Promise<Answer> {
  try {
    const answer = await fetch(url, {
      method: 'POST',
      headers: { 'Content-Type': formType },
      body: form,
      keepalive: mode === Mode.Keepalive,
      signal: AbortSignal.timeout?.(requestTimeout) ?? null, // Safari has none before 16: then Go's own patience ends it.
    });
    // Always read: an unread keepalive answer keeps its bytes in the browser's quota.
    const text = await answer.text();
    return {
      status: answer.status,
      retryAfter: parseRetryAfter(answer.headers.get('Retry-After')),
      body: text.slice(0, maxBodyCharacters),
    };
  } catch (error) {
    if (navigator.onLine === false) return noAnswer;
    await new Promise((resolve) => setTimeout(resolve)); // The violation is told in a task of its own.
    const isForbidden = attempt(() => forbiddenOrigins.has(new globalThis.URL(url, location.href).origin));
    return isForbidden
      ? { ...noAnswer, status: forbiddenStatus, body: "the page's Content-Security-Policy forbids it" }
      : { ...noAnswer, body: `${error}`.slice(0, maxReasonCharacters) };
  }
}

let forbiddenOrigins: Set<string>;
const maxReasonCharacters = 200;

/** Hears from now on which origins the page's Content-Security-Policy lets nothing out to: fetch itself fails as if the line were down. */
export function watchPolicyViolations(): void {
  forbiddenOrigins = new Set();
  addEventListener('securitypolicyviolation', ({ disposition, effectiveDirective, blockedURI }) => {
    if (disposition === 'enforce' && effectiveDirective === 'connect-src')
      attempt(() => forbiddenOrigins.add(new globalThis.URL(blockedURI).origin));
  });
}

// Seconds, or a date.
function parseRetryAfter(header: string | null): number {
  if (!header) return -1;
  const seconds = Number(header);
  return Math.max(0, Number.isNaN(seconds) ? Date.parse(header) - Date.now() : seconds * 1000) || 0;
}
