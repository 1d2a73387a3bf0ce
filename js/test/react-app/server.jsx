import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import { renderToPipeableStream } from 'react-dom/server';
import { App } from './app.jsx';

const stream = renderToPipeableStream(<App token="token" config={{}} />, {
  onAllReady: () => stream.pipe(sink),
  onError(error) {
    throw error;
  },
});
const sink = new PassThrough();
process.stdout.write(await text(sink));
