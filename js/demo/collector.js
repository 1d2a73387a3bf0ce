// The client of the collector's read API.

/** The error for an answer of the collector with an error status. */
export class RequestRefused extends Error {
  constructor(status, message) {
    super(message);
    this.status = status;
  }

  /** Whether access is denied even with a key. */
  get isForbidden() {
    return this.status === 403;
  }

  /** Whether the key is missing or wrong. */
  get wantsKey() {
    return this.status === 401;
  }
}

/** Reads one project from the collector that served this page. */
export class Collector {
  /** The read key, which the collector requires unless it listens on loopback only; '' for none. */
  key;

  constructor(token, key = '') {
    this.token = token;
    this.key = key;
  }

  /** Returns events, newest first. With `before`, only those with a smaller id. */
  async events(limit, before) {
    const answer = await this.#request('events', { limit, ...(before && { before }) });
    return (await answer.json()).events;
  }

  /** Returns the person of an id: its ids and how each of them joined, conflicts, and the number of events. */
  async person(id) {
    return (await this.#request('person', { distinct_id: id })).json();
  }

  /** Opens the live feed, and returns the response with its server-sent events. */
  live(signal) {
    return this.#request('live', {}, signal);
  }

  async #request(what, query, signal) {
    const response = await fetch(`api/${what}?${new URLSearchParams({ token: this.token, ...query })}`, {
      headers: this.key ? { Authorization: `Bearer ${this.key}` } : {},
      credentials: 'omit', // With credentials, a 401 makes the browser show its own password dialog.
      cache: 'no-store',
      signal,
    });
    if (!response.ok) throw new RequestRefused(response.status, await reason(response));
    return response;
  }
}

async function reason(response) {
  try {
    return (await response.json()).error ?? response.statusText;
  } catch {
    return `the collector answered ${response.status}`;
  }
}
