// Finds the line of the page's own code in a stack.

import { SourceMap, type SourceMapPayload } from 'node:module';

interface Frame {
  file: string;
  line: number;
  column: number;
}

const fetchTimeout = 2_000; // Milliseconds.

// A file of the package, or what a bundler has made of it. A site may have files of such names too, from which it calls.
const libraryFile = /\bthroughline[\w.-]*\.[cm]?js\b/;

/** Finds the calls of pages, by the source maps of their scripts where there are any. It loads each map once. */
export class CallSites {
  private readonly maps = new Map<string, Promise<SourceMap | undefined>>();

  /**
   * Returns the place of the page's call, such as `https://shop.example/app.js:12:5`, or undefined if the stack has none. `isOfCall` tells whether the
   * stack is that of a call (page-script.ts) and not that of a warning, which the library may also give by itself.
   */
  async find(stack: string, isOfCall: boolean): Promise<string | undefined> {
    const frames = framesOf(stack);
    const sources = await Promise.all(frames.map((frame) => this.originalOf(frame)));
    // The library is the file that the stack begins in, or the folder of its sources where its own source map is used. In a bundle without a
    // source map everything is in one file.
    const [library = ''] = /^.*?\bsrc\/(?=[^?]*\.ts$)|^.*/.exec(sources[0]?.file ?? '') ?? [];
    const isOfLibrary = ({ file }: Frame) => file.startsWith(library) || (!isOfCall && libraryFile.test(file));
    const index = sources.findIndex((source) => !isOfLibrary(source));
    const frame = index < 0 && isOfCall ? sources[libraryFrames(frames)] : sources[index];
    // Bundlers write the paths of sources relative to the script, which lies in a folder of what was built.
    return frame && `${frame.file.replace(/^(\.\.?\/)+/, '')}:${frame.line}:${frame.column}`;
  }

  // Returns where a frame is in the source, if the script has a source map.
  private async originalOf(frame: Frame): Promise<Frame> {
    const loaded = this.maps.get(frame.file) ?? loadMap(frame.file);
    this.maps.set(frame.file, loaded);
    const entry = (await loaded)?.findEntry(frame.line - 1, frame.column - 1) as
      | { originalSource?: string; originalLine: number; originalColumn: number }
      | undefined;
    if (!entry?.originalSource) return frame;
    return { file: entry.originalSource, line: entry.originalLine + 1, column: entry.originalColumn + 1 };
  }
}

// Returns how many frames of a stack of page-script.ts are the library's, from the reading of document.URL to the public method. The second one is the function
// `attempt`. Most methods are called through it too, from a function that wraps them.
function libraryFrames(frames: readonly Frame[]): number {
  const isAttempt = ({ line, column }: Frame) => line === frames[1]?.line && column === frames[1]?.column;
  const last = frames.findLastIndex(isAttempt);
  return last > 1 ? last + 2 : 6;
}

// The frames with an address. Chromium writes `at name (address:line:column)`, Firefox and WebKit `name@address:line:column`.
function framesOf(stack: string): Frame[] {
  const pattern = /(?:\(|@|at )((?:https?|file|blob|webpack[\w-]*):.*?):(\d+):(\d+)\)?\s*$/;
  return stack.split('\n').flatMap((text) => {
    const [, file, line, column] = pattern.exec(text) ?? [];
    return file ? [{ file, line: Number(line), column: Number(column) }] : [];
  });
}

async function loadMap(script: string): Promise<SourceMap | undefined> {
  try {
    const read = (url: string | URL) => fetch(url, { signal: AbortSignal.timeout(fetchTimeout) });
    const text = await (await read(script)).text();
    const [, address] = [...text.matchAll(/^\/\/[#@] ?sourceMappingURL=(\S+)\s*$/gm)].at(-1) ?? [];
    return address
      ? new SourceMap((await (await read(new URL(address, script))).json()) as SourceMapPayload)
      : undefined;
  } catch {
    return undefined; // A server that this process cannot reach, or a map that is none: the script's own line serves.
  }
}
