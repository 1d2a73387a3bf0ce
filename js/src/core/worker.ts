// Fetching, compiling and first running a program of 1.4 MB keeps the page's thread busy for longer than all that the program
// ever does in an ordinary visit. A worker does it in the page's stead: threads share what is compiled of a module.

import { compile } from './program.js';
import { rehearse } from './rehearsal.js';

/**
 * Compiles the program in a worker, which runs this very file. Rejects where the browser has no module workers or forbids this one,
 * as for a script of another origin.
 */
export function compileInWorker(program: string): Promise<WebAssembly.Module> {
  return new Promise<WebAssembly.Module>((resolve, reject) => {
    const worker = new Worker(import.meta.url, { type: 'module' });
    worker.onmessage = ({ data }) => {
      worker.terminate();
      if (data) resolve(data);
      else reject();
    };
    worker.onerror = (event) => {
      event.preventDefault(); // It is no error of the page's.
      reject();
    };
    worker.onmessageerror = reject;
    worker.postMessage(program);
  });
}

// Only a worker of ours evaluates this file without a document.
if ('WorkerGlobalScope' in globalThis) {
  addEventListener('message', async ({ data: url }: MessageEvent<string>) => {
    const program = await compile(url)
      .then(rehearse)
      .catch(() => undefined);
    postMessage(program);
  });
}
