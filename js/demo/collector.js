/** The collector answered, but did not give what was asked for. */
export class Refused extends Error {
  constructor(status, message) {
    super(message);
    this.status = status;
  }

  /** Whether no key would help. */
  get denies() {
    return this.status === 403;
  }

  /** Whether it wants a key, or another one. */
  get wantsKey() {
    return this.status === 401;
  }
}

/** The read side of the collector that served this page, for one project. */
export class Collector {
  /** What reading asks for on any address but loopback; '' for none. */
  key;

  constructor(token, key = '') {
    this.token = token;
    this.key = key;
  }

  /** Events, newest first; with `before`, those older than that id. */
  async events(limit, before) {
    const answer = await this.#ask('events', { limit, ...(before && { before }) });
    return (await answer.json()).events;
  }

  /** The person of an id: all its ids and how each joined, conflicts, the number of events. */
  async person(id) {
    return (await this.#ask('person', { distinct_id: id })).json();
  }

  /** The feed of what is stored from now on, as server-sent events. */
  live(signal) {
    return this.#ask('live', {}, signal);
  }

  async #ask(what, query, signal) {
    const response = await fetch(`api/${what}?${new URLSearchParams({ token: this.token, ...query })}`, {
      headers: this.key ? { Authorization: `Bearer ${this.key}` } : {},
      credentials: 'omit', // Or a 401 brings up the browser's own password window.
      cache: 'no-store',
      signal,
    });
    if (!response.ok) throw new Refused(response.status, await reason(response));
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
