// Unpacks and compiles the program that is part of this bundle.

import deflated from 'throughline:wasm';
import { unzlibSync } from 'fflate';

/** Returns the compiled program. Rejects where the browser has no WebAssembly, or where the page's policy forbids it. */
export async function compileInlined(): Promise<WebAssembly.Module> {
  return WebAssembly.compile(await inflate(decode(deflated)));
}

// fetch('data:...') would be shorter, but a Content-Security-Policy may forbid it (connect-src).
function decode(base64: string): Uint8Array<ArrayBuffer> {
  const text = atob(base64);
  const bytes = new Uint8Array(text.length);
  for (let index = 0; index < text.length; index++) bytes[index] = text.charCodeAt(index);
  return bytes;
}

async function inflate(bytes: Uint8Array<ArrayBuffer>): Promise<BufferSource> {
  // Firefox has it since 113, Safari since 16.4. jsdom has neither this nor a Blob that can be read as a stream.
  if (typeof DecompressionStream !== 'function' || !Blob.prototype.stream) return unzlibSync(bytes);
  return new Response(new Blob([bytes]).stream().pipeThrough(new DecompressionStream('deflate'))).arrayBuffer();
}
