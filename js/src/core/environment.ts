// What the core uses from the browser, as an object, so that the testing kit can replace it.

import { type Cookies, pageCookies } from './cookies.js';
import { pageStorage } from './guarded-storage.js';
import { Locks } from './locks.js';
import { Mirror } from './mirror.js';
import { type Send, send, watchPolicyViolations } from './network.js';

/** Storage, locks, network and timers of the core. */
export interface Environment {
  /** Fetches and compiles throughline.wasm. Rejects with the reason if that fails. */
  compile(url: string | undefined): Promise<WebAssembly.Module>;
  storage: Storage | undefined;
  cookies: Cookies;
  mirror: Pick<Mirror, 'put' | 'remove' | 'entries' | 'settle'>;
  locks: Pick<Locks, 'acquire' | 'release'>;
  send: Send;
  /** Resolves in a later task. The start is divided into several short tasks, so that the page stays responsive. */
  pause(): Promise<void>;
  /** Runs `callback` after a delay in milliseconds. Returns a function that cancels it. */
  after(delay: number, callback: () => void): () => void;
}

/** The environment in a web page. */
export function pageEnvironment(compile: Environment['compile']): Environment {
  watchPolicyViolations();
  return {
    compile,
    storage: pageStorage(),
    cookies: pageCookies(),
    mirror: new Mirror(),
    locks: new Locks(),
    send,
    pause: () =>
      new Promise((resolve) => {
        // Not a timer, because test tools replace timers by ones that stand still.
        const { port1, port2 } = new MessageChannel();
        port1.onmessage = () => {
          port1.close();
          resolve();
        };
        port2.postMessage(0);
      }),
    after(delay, callback) {
      const timer = setTimeout(callback, delay);
      return () => clearTimeout(timer);
    },
  };
}
