// The connection to the live feed of the collector.

import { RequestRefused } from './collector.js';
import { readStream } from './event-stream.js';

const minRetryDelay = 1000;
const maxRetryDelay = 15_000;

/**
 * Receives the live feed of a project, and reconnects by itself. Its states are 'connecting', 'live', 'down' (no connection, it will try
 * again), 'locked' (the key is missing or wrong) and 'denied' (access is denied). In the last two it waits for a call of `retry`.
 */
export class Feed {
  #collector;
  #listeners;
  #delay = minRetryDelay;
  #timer;
  #controller = new AbortController();

  /** `listeners` has opened(), which is called before the first `events`, events(list), person(id, person) and state(name, detail). */
  constructor(collector, listeners) {
    this.#collector = collector;
    this.#listeners = listeners;
    addEventListener('online', () => this.retry());
  }

  /** Connects now: at the start, with a new key, or when the user asks for it. */
  retry() {
    clearTimeout(this.#timer);
    this.#controller.abort();
    this.#controller = new AbortController();
    this.#follow(this.#controller);
  }

  async #follow(attempt) {
    this.#listeners.state('connecting');
    try {
      const response = await this.#collector.live(attempt.signal);
      // The existing events are read after the feed is open, so that no event in between is missed.
      await this.#listeners.opened();
      if (attempt.signal.aborted) return;
      this.#delay = minRetryDelay;
      this.#listeners.state('live');
      await readStream(
        response,
        (event, data) => this.#handleMessage(event, JSON.parse(data)),
        () => attempt.abort(),
      );
      throw new Error('the collector ended the feed');
    } catch (error) {
      if (attempt === this.#controller) this.#handleError(error);
    }
  }

  #handleMessage(event, data) {
    if (event === 'events') this.#listeners.events(data);
    if (event === 'person') this.#listeners.person(data.distinct_id, data.person);
  }

  #handleError(error) {
    if (error instanceof RequestRefused && error.wantsKey) {
      this.#listeners.state('locked', { wrongKey: this.#collector.key !== '' });
      return;
    }
    if (error instanceof RequestRefused && error.isForbidden) {
      this.#listeners.state('denied', { message: error.message });
      return;
    }
    const delay = this.#delay * (0.8 + Math.random() * 0.4);
    this.#delay = Math.min(this.#delay * 2, maxRetryDelay);
    this.#listeners.state('down', { message: error instanceof RequestRefused ? error.message : '' });
    this.#timer = setTimeout(() => this.retry(), delay);
  }
}
