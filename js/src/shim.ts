// The one queue between the page and Go. Before Go runs every call waits in it, first in, first out over all methods and
// all instances; afterwards calls go straight through.

import { type Call, type Core, Method } from './border.js';
import { handOver } from './handover.js';
import type { Host } from './host.js';
import type { Instances } from './instances.js';
import { whenLeaving, whenLoaded, whenShown } from './moments.js';
import { whyFailed } from './shim-warnings.js';
import { Moments } from './stamp.js';
import { StoredQueue } from './stored-queue.js';
import { guard, Warnings } from './warn.js';

/** Everything that lies between the public methods and Go. */
export class Shim {
  readonly instances: Instances = new Map();
  readonly warnings = new Warnings(this.instances);
  readonly moments: Moments;
  /** The calls that still wait for Go. */
  readonly queue: Call[] = [];
  /** Resolves to true when Go took every call made so far, to false when it cannot run. */
  readonly settled: Promise<boolean>;

  private core: Core | undefined;
  private state: 'new' | 'waiting' | 'starting' | 'settled' = 'new';
  private stored: StoredQueue | undefined;
  private storing = false;
  private committing = false;
  private asked = false;
  private pumping: Promise<void> | undefined;
  private settle!: (works: boolean) => void;

  constructor(readonly host: Host) {
    this.moments = new Moments(host);
    this.settled = new Promise((resolve) => {
      this.settle = resolve;
    });
  }

  /** Whether Go takes calls as they are made. */
  get up(): boolean {
    return !!this.core && !this.queue.length;
  }

  /** As `settled`, for a page that asks: it need not wait for the load event. */
  async ready(): Promise<boolean> {
    this.asked = true;
    if (this.state === 'waiting') whenShown(() => this.start());
    const works = await this.settled;
    await this.pumping;
    return works;
  }

  /** Hands one call to Go, or queues it. Returns Go's answer as JSON text, '' where there is none yet. */
  send(call: Call): string {
    let answer = '';
    if (!this.core || this.queue.length || call.method === Method.Open) this.enqueue(call);
    else {
      try {
        answer = this.core.call(call);
        this.commitSoon();
      } catch (error) {
        this.died(error);
        this.enqueue(call);
      }
    }
    this.warnings.throw();
    return answer;
  }

  /** Sends what waits, now. Resolves to true when all of it was acknowledged. */
  async flush(to: string): Promise<boolean> {
    return (await this.ready()) && this.core ? this.core.flush(to) : false;
  }

  /** Brings Go up once the page has loaded, or at once if the page asked. */
  startWhenLoaded(): void {
    if (this.state !== 'new') return;
    this.state = 'waiting';
    this.stored = new StoredQueue(this.moments.pageID);
    whenLeaving(() => {
      if (!this.core) handOver(this.instances, this.queue);
    });
    if (this.asked) whenShown(() => this.start());
    whenLoaded(() => whenShown(() => this.start()));
  }

  private enqueue(call: Call): void {
    this.queue.push(call);
    if (this.core) this.pumping ??= this.pump(this.core).catch((error) => this.died(error));
    if (this.storing) return;
    this.storing = true;
    queueMicrotask(() =>
      whenShown(() => {
        this.storing = false;
        this.stored?.store(this.queue);
      }),
    );
  }

  // What was accepted in a task is in storage when the task ends.
  private commitSoon(): void {
    if (this.committing) return;
    this.committing = true;
    queueMicrotask(() => {
      this.committing = false;
      try {
        this.core?.commit();
      } catch (error) {
        this.died(error);
      }
    });
  }

  private start(): void {
    if (this.state !== 'waiting') return;
    this.state = 'starting';
    this.bringUp().catch((error) => this.died(error));
  }

  private async bringUp(): Promise<void> {
    const { host, instances, moments, warnings } = this;
    const module = await host.load();
    const core = await module.start({
      wasmURL: [...instances.values()].map(({ config }) => config.wasm_url).find(Boolean),
      pageID: moments.pageID,
      now: host.now,
      random: host.random,
      warn: (to, warning) => warnings.show(to, warning),
      died: (error) => this.died(error),
    });
    await this.pump(core);
    this.core = core;
    this.state = 'settled';
    this.settle(true);
  }

  // Opening a tracker waits for storage, so whatever follows waits in the queue as well.
  private async pump(core: Core): Promise<void> {
    const { instances, queue } = this;
    for (let call = queue[0]; call; call = queue[0]) {
      await core.take(call);
      queue.shift();
    }
    core.commit();
    this.stored?.forget();
    this.pumping = undefined;
    for (const tracker of instances.values()) {
      const { loaded } = tracker.config;
      if (loaded && !tracker.loaded) guard(() => loaded(tracker.api));
      tracker.loaded = true;
    }
  }

  private died(error: unknown): void {
    this.core = undefined;
    if (this.state !== 'settled') this.settle(false);
    this.state = 'settled';
    this.warnings.show('', JSON.stringify(whyFailed(error)));
  }
}
