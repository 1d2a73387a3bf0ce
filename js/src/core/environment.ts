import { compileProgram } from './compile.js';
import { pageStorage } from './guarded-storage.js';
import { Locks } from './locks.js';
import { Mirror } from './mirror.js';
import { type Send, send, watchPolicyViolations } from './network.js';

/** What the core takes from the browser. The testing kit has another. */
export interface Environment {
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

/** A web page. */
export function pageEnvironment(): Environment {
  watchPolicyViolations();
  return {
    compile: async (url) => compileProgram(url ? new globalThis.URL(url, location.href).href : programURL()),
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

// Bundlers look for these very words; but a page may have a variable of that name, or have replaced it.
function programURL(): string {
  try {
    return new URL('throughline.wasm', import.meta.url).href;
  } catch {
    return import.meta.url.replace(/[^/]*$/, 'throughline.wasm');
  }
}
