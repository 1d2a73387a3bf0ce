import { compile } from './program.js';

// Milliseconds. The worker's file is small; the program may come over a slow line.
const workerStartTimeout = 5_000;
const compileTimeout = 60_000;

const retryDelays = [2_000, 8_000];

/** Compiles the program at an address: in a worker where that works, else here. Rejects, saying why it cannot. */
export async function compileProgram(url: string): Promise<WebAssembly.Module> {
  if (typeof WebAssembly !== 'object') throw new Error('this browser has no WebAssembly');
  return compileInWorker(url).catch(() => compile(url, retryDelays));
}

/**
 * Compiles in throughline.worker.js. Rejects where the browser has no module workers or forbids this one, as for a script of another
 * origin, and where the worker does not answer in time.
 */
function compileInWorker(url: string): Promise<WebAssembly.Module> {
  return new Promise<WebAssembly.Module>((resolve, reject) => {
    const worker = startWorker();
    let timer = setTimeout(finish, workerStartTimeout);
    worker.onmessage = ({ data }: MessageEvent<{ program?: WebAssembly.Module } | null>) => {
      clearTimeout(timer);
      if (typeof data !== 'object' || !data)
        finish(); // Not our file.
      else if ('program' in data) finish(data.program);
      else {
        timer = setTimeout(finish, compileTimeout);
        worker.postMessage(url);
      }
    };
    worker.onerror = (event) => {
      event.preventDefault(); // It is no error of the page's.
      finish();
    };
    worker.onmessageerror = () => finish();

    function finish(program?: WebAssembly.Module): void {
      clearTimeout(timer);
      worker.terminate();
      if (program instanceof WebAssembly.Module) resolve(program);
      else reject();
    }
  });
}

// Where the page's policy demands Trusted Types, it has to allow this one: `trusted-types throughline-worker`.
function startWorker(): Worker {
  try {
    // Bundlers look for these very words.
    return new Worker(new URL('./throughline.worker.js', import.meta.url), { type: 'module' });
  } catch (error) {
    const { trustedTypes, URL, Worker } = globalThis as typeof globalThis & { trustedTypes?: TrustedTypes };
    if (!trustedTypes || !(error instanceof TypeError)) throw error;
    const policy = trustedTypes.createPolicy('throughline-worker', { createScriptURL: String });
    const url = new URL('throughline.worker.js', import.meta.url).href;
    return new Worker(policy.createScriptURL(url) as string, { type: 'module' });
  }
}

/** The part of the browser's TrustedTypePolicyFactory that is used here. */
interface TrustedTypes {
  createPolicy(name: string, rules: { createScriptURL(url: string): string }): { createScriptURL(url: string): string };
}
