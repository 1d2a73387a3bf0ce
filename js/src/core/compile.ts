// Compiles the Go program, in a worker if possible, so that the page's own thread stays free.

import { compile } from './program.js';

// Milliseconds. The file of the worker is small, but the program may come over a slow connection.
const workerStartTimeout = 5_000;
const compileTimeout = 60_000;

const retryDelays = [2_000, 8_000];

/**
 * Fetches and compiles the program, in a worker or else in this thread. `wasmURL` is its address if the page gave one. Rejects with the
 * reason if neither succeeds.
 */
export async function compileProgram(wasmURL: string | undefined): Promise<WebAssembly.Module> {
  if (typeof WebAssembly !== 'object') throw new Error('this browser has no WebAssembly');
  const url = wasmURL ? new globalThis.URL(wasmURL, location.href).href : programURL();
  // The address of a test's DOM under Node, or of a page on disk. Where such a file cannot be fetched now, it never can be.
  if (/^file/.test(url))
    return compile(url).catch(({ message }) => fail(`${message}; in tests use throughline/testing`));
  const program = await compileInWorker(url).catch(() => compile(url, retryDelays));
  if (isOfThisBuild(program)) return program;
  const revalidated = await compile(url, retryDelays, 'no-cache');
  if (isOfThisBuild(revalidated)) return revalidated;
  throw new Error(`${url} is of another release`); // The shim tries again: a deployment may be under way.
}

// A program without a name is one that somebody has built alone (./build.sh programs).
const isOfThisBuild = (program: WebAssembly.Module): boolean =>
  WebAssembly.Module.customSections(program, 'release').every((name) => new TextDecoder().decode(name) === RELEASE);

// Vite's dev server moves this module away from the files beside it, into node_modules/.vite/deps. Bundlers recognise only
// `new URL('...', import.meta.url)` literally. A variable `URL` of the page may hide the browser's, and then it throws.
function programURL(): string {
  try {
    return new URL('throughline.wasm', import.meta.url).href.replace('.vite/deps', 'throughline');
  } catch {
    // Bundlers that write one classic script leave import.meta empty.
    return (
      import.meta.url?.replace(/[^/]*$/, 'throughline.wasm') ||
      fail('no import.meta.url: set wasm_url to throughline.wasm')
    );
  }
}

// Throws an error after which the shim does not try again.
function fail(message: string): never {
  throw Object.assign(new Error(message), { isFinal: true });
}

/**
 * Compiles in throughline.worker.js. Rejects if the browser has no module workers, if it forbids this one (as it does when the script is
 * of another origin), or if the worker does not answer in time.
 */
function compileInWorker(url: string): Promise<WebAssembly.Module> {
  return new Promise<WebAssembly.Module>((resolve, reject) => {
    const worker = startWorker();
    let timer = setTimeout(finish, workerStartTimeout);
    worker.onmessage = ({ data }: MessageEvent<{ program?: WebAssembly.Module } | null>) => {
      clearTimeout(timer);
      if (typeof data !== 'object' || !data)
        finish(); // The message of another script, which the server has sent in place of ours.
      else if ('program' in data) finish(data.program);
      else {
        timer = setTimeout(finish, compileTimeout);
        worker.postMessage(url);
      }
    };
    worker.onerror = (event) => {
      event.preventDefault(); // Otherwise the page's error monitoring would report it.
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

// A Content-Security-Policy that requires Trusted Types must allow this policy: `trusted-types throughline-worker`.
function startWorker(): Worker {
  try {
    // Bundlers recognise this expression only if it is written literally.
    return new Worker(new URL('./throughline.worker.js', import.meta.url), { type: 'module' });
  } catch (error) {
    const { trustedTypes, URL, Worker } = globalThis as typeof globalThis & { trustedTypes?: TrustedTypes };
    if (!trustedTypes || !(error instanceof TypeError)) throw error;
    const policy = trustedTypes.createPolicy('throughline-worker', { createScriptURL: String });
    const url = new URL('throughline.worker.js', import.meta.url).href;
    return new Worker(policy.createScriptURL(url) as string, { type: 'module' });
  }
}

/** The part of TrustedTypePolicyFactory that is used here. */
interface TrustedTypes {
  createPolicy(name: string, rules: { createScriptURL(url: string): string }): { createScriptURL(url: string): string };
}
