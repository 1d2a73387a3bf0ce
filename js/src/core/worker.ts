// throughline.worker.js, a file of its own: in a bundle of one file import.meta.url is the address of the whole app, which would run a
// second time in a worker made of it.
//
// Fetching, compiling and first running a program of 1.4 MB keeps a page's thread busy for longer than all that the program ever does in
// an ordinary visit. The worker does it in the page's stead: threads share what is compiled of a module.

import { compile } from './program.js';
import { warmUp } from './warm-up.js';

// A bundler may have made it a part of something that pages evaluate too.
if (!('document' in globalThis)) {
  addEventListener('message', async ({ data: url }: MessageEvent<string>) => {
    const program = await compile(url)
      .then(warmUp)
      .catch(() => undefined);
    postMessage({ program });
  });
  postMessage({});
}
