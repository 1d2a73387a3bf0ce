// The fake clock of the testing kit.

/** A clock that stands still until it is moved. It then runs the timers that have become due, in their order. */
export class Clock {
  private readonly timers = new Map<number, { at: number; callback: () => void }>();
  private next = 0;

  constructor(public now: number) {}

  /** Runs `callback` when the clock has been moved by `delay` milliseconds. Returns a function that cancels it. */
  after(delay: number, callback: () => void): () => void {
    const id = this.next++;
    this.timers.set(id, { at: this.now + delay, callback });
    return () => this.timers.delete(id);
  }

  /** Moves the clock by a number of milliseconds. */
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

/** Waits until the promises of the library that are already under way have settled. */
export async function settle(): Promise<void> {
  for (let i = 0; i < 3; i++) await new Promise<void>(inNextTask);
}

/** Runs `callback` in a later task. It does not use a timer, because the test may have installed fake ones. */
export function inNextTask(callback: () => void): void {
  const { port1, port2 } = new MessageChannel();
  port1.onmessage = () => {
    port1.close(); // An open port keeps Node running.
    callback();
  };
  port2.postMessage('');
}
