// How bytes leave. When and what to send, and what an answer means, is the outbox's business (wasm/outbox).

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

/** Sends one request, with a form as its body. */
export type Send = (mode: Mode, url: string, form: Uint8Array<ArrayBuffer>) => Promise<Answer>;

const none: Answer = { status: 0, retryAfter: -1, body: '' };
const mostBody = 1_000_000;
const type = 'application/x-www-form-urlencoded'; // Needs no CORS preflight.
const patience = 30_000; // Milliseconds; what was not answered by then goes again.

/** Sends through the page's own fetch, or a beacon. Only a beacon pays for a Blob: making one takes milliseconds. */
export const send: Send = async (mode, url, form) => {
  if (mode === Mode.Beacon) {
    navigator.sendBeacon(url, new Blob([form], { type }));
    return none; // Queued is not delivered.
  }
  try {
    const answer = await fetch(url, {
      method: 'POST',
      headers: { 'Content-Type': type },
      body: form,
      keepalive: mode === Mode.Keepalive,
      signal: AbortSignal.timeout?.(patience) ?? null, // Safari has none before 16: then Go's own patience ends it.
    });
    // Always read: an unread keepalive answer keeps its bytes in the browser's quota.
    const text = await answer.text();
    return {
      status: answer.status,
      retryAfter: retryAfter(answer.headers.get('Retry-After')),
      body: text.slice(0, mostBody),
    };
  } catch {
    return none;
  }
};

// Seconds, or a date.
function retryAfter(header: string | null): number {
  if (!header) return -1;
  const seconds = Number(header);
  return Math.max(0, Number.isNaN(seconds) ? Date.parse(header) - Date.now() : seconds * 1000) || 0;
}
