import { Locks } from './locks.js';
import { Mirror } from './mirror.js';
import { type Send, send } from './network.js';
import { compile } from './program.js';
import { pageStorage } from './storage.js';
import { compileInWorker } from './worker.js';

/** What the core takes from the browser. The testing kit has another. */
export interface Surroundings {
  /** Fetches and compiles throughline.wasm; rejects, saying why it cannot. */
  compile(url: string | undefined): Promise<WebAssembly.Module>;
  storage: Storage | undefined;
  mirror: Pick<Mirror, 'put' | 'remove' | 'entries' | 'settle'>;
  locks: Pick<Locks, 'acquire' | 'release'>;
  send: Send;
  /** Ends the task, so that the start is several short ones: the page gets its turn in between. */
  pause(): Promise<void>;
  /** Runs `callback` after so many milliseconds. Returns how to forget it. */
  after(delay: number, callback: () => void): () => void;
}

const networkPauses = [2000, 8000];

/** A web page. */
export function page(): Surroundings {
  return {
    compile(url) {
      const program = new URL(url ?? new URL('throughline.wasm', import.meta.url), location.href).href;
      return compileInWorker(program).catch(() => compile(program, networkPauses));
    },
    storage: pageStorage(),
    mirror: new Mirror(),
    locks: new Locks(),
    send,
    pause: () => new Promise((resolve) => setTimeout(resolve)),
    after(delay, callback) {
      const timer = setTimeout(callback, delay);
      return () => clearTimeout(timer);
    },
  };
}
