/**
 * Fetches and compiles throughline.wasm, off the main thread where the browser can. A server that calls it by the wrong MIME
 * type costs only the streaming. Throws an Error that says what is wrong, for `core_failed`.
 */
export async function compile(url: string): Promise<WebAssembly.Module> {
  if (typeof WebAssembly !== 'object') throw new Error('this browser has no WebAssembly');
  const response = await fetch(url).catch((error: Error) => {
    throw new Error(`${url} could not be fetched (${error.message})`);
  });
  if (!response.ok) throw new Error(`${url} answered ${response.status}`);
  if (response.headers.get('Content-Type')?.startsWith('application/wasm'))
    return WebAssembly.compileStreaming(response);
  return WebAssembly.compile(await response.arrayBuffer());
}
