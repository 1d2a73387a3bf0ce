/** A clock that stands still until it is moved, and fires what was due on the way. */
export class Clock {
  private readonly timers = new Map<number, { at: number; callback: () => void }>();
  private next = 0;

  constructor(public now: number) {}

  /** Runs `callback` once the clock was moved so far. Returns how to forget it. */
  after(delay: number, callback: () => void): () => void {
    const id = this.next++;
    this.timers.set(id, { at: this.now + delay, callback });
    return () => this.timers.delete(id);
  }

  /** Moves the clock by so many milliseconds. */
  async advance(by: number): Promise<void> {
    const end = this.now + by;
    for (;;) {
      const [id, timer] =
        [...this.timers].filter(([, { at }]) => at <= end).sort(([, a], [, b]) => a.at - b.at)[0] ?? [];
      if (id === undefined || !timer) break;
      this.timers.delete(id);
      this.now = Math.max(this.now, timer.at);
      timer.callback();
      await settle();
    }
    this.now = end;
  }
}

/** Lets what the library does behind its promises come to an end. */
export async function settle(): Promise<void> {
  for (let i = 0; i < 3; i++) await new Promise<void>(inNextTask);
}

/** Runs `callback` in a task of its own, without a timer: a test may have put its own in the place of those. */
export function inNextTask(callback: () => void): void {
  const { port1, port2 } = new MessageChannel();
  port1.onmessage = () => {
    port1.close(); // Or Node would never end.
    callback();
  };
  port2.postMessage('');
}
