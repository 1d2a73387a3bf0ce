// throughline.worker.js: fetches, compiles and warms up the Go program outside of the page's thread. For a program of 1.1 MB this takes
// longer than everything that the program does in an ordinary visit.
//
// It is a file of its own because in an app that is bundled to one file, import.meta.url is the address of the whole app, and a worker
// started from it would run the app a second time.

import { compile } from './program.js';
import { warmUp } from './warm-up.js';

// A bundler may have put this file into a chunk that pages evaluate too. There it must do nothing.
if (!('document' in globalThis)) {
  addEventListener('message', async ({ data: url }: MessageEvent<string>) => {
    const program = await compile(url)
      .then(warmUp)
      .catch(() => undefined);
    postMessage({ program });
  });
  postMessage({});
}
