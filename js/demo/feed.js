import { Refused } from './collector.js';
import { readStream } from './stream.js';

const firstWait = 1000;
const longestWait = 15_000;

/**
 * Follows a project for as long as the page lives. States: 'connecting', 'live', 'down' (nobody answers; it tries again by
 * itself), 'locked' (the key is missing or wrong) and 'denied' (nobody may read from here), when it waits for `retry`.
 */
export class Feed {
  #collector;
  #hear;
  #wait = firstWait;
  #timer;
  #attempt = new AbortController();

  /** `hear` has opened() (after which `events` come), events(list), person(id, person) and state(name, detail). */
  constructor(collector, hear) {
    this.#collector = collector;
    this.#hear = hear;
    addEventListener('online', () => this.retry());
  }

  /** Tries now: at first, after a new key, or when somebody asks. */
  retry() {
    clearTimeout(this.#timer);
    this.#attempt.abort();
    this.#attempt = new AbortController();
    this.#follow(this.#attempt);
  }

  async #follow(attempt) {
    this.#hear.state('connecting');
    try {
      const response = await this.#collector.live(attempt.signal);
      // Open first, ask for what there is then: nothing falls in between.
      await this.#hear.opened();
      if (attempt.signal.aborted) return;
      this.#wait = firstWait;
      this.#hear.state('live');
      await readStream(
        response,
        (event, data) => this.#take(event, JSON.parse(data)),
        () => attempt.abort(),
      );
      throw new Error('the collector ended the feed');
    } catch (error) {
      if (attempt === this.#attempt) this.#failed(error);
    }
  }

  #take(event, data) {
    if (event === 'events') this.#hear.events(data);
    if (event === 'person') this.#hear.person(data.distinct_id, data.person);
  }

  #failed(error) {
    if (error instanceof Refused && error.wantsKey) {
      this.#hear.state('locked', { wrongKey: this.#collector.key !== '' });
      return;
    }
    if (error instanceof Refused && error.denies) {
      this.#hear.state('denied', { message: error.message });
      return;
    }
    const wait = this.#wait * (0.8 + Math.random() * 0.4);
    this.#wait = Math.min(this.#wait * 2, longestWait);
    this.#hear.state('down', { message: error instanceof Refused ? error.message : '' });
    this.#timer = setTimeout(() => this.retry(), wait);
  }
}
