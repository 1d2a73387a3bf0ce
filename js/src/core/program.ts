// Milliseconds: a server that does not begin to answer by then will not, and one that began and has not ended by then has stopped.
const responseTimeout = 30_000;
const bodyTimeout = 120_000;

/**
 * Fetches and compiles throughline.wasm, off the main thread where the browser can. A server that calls it by another MIME type costs
 * only the streaming. Where the network fails it tries again after each of `pauses`, in milliseconds: a line may be gone for a moment,
 * and a page that is left ends its requests. Throws an Error that says what is wrong, for `core_failed`.
 */
export async function compile(url: string, retryDelays: readonly number[] = []): Promise<WebAssembly.Module> {
  const response = await fetchWithRetries(url, retryDelays);
  if (!response.ok) throw new Error(`${url} answered ${response.status}`);
  // Streaming takes exactly this type, without parameters.
  if (WebAssembly.compileStreaming && response.headers.get('Content-Type') === 'application/wasm')
    return WebAssembly.compileStreaming(response);
  return WebAssembly.compile(await response.arrayBuffer());
}

async function fetchWithRetries(url: string, [delay, ...laterDelays]: readonly number[]): Promise<Response> {
  const controller = new AbortController();
  const abort = () => controller.abort(); // Of what has come by then, this ends nothing.
  const timer = setTimeout(abort, responseTimeout);
  try {
    const response = await fetch(url, { signal: controller.signal });
    setTimeout(abort, bodyTimeout);
    return response;
  } catch (error) {
    if (!delay) throw new Error(`${url} could not be fetched (${(error as Error).message})`);
    await new Promise((resolve) => setTimeout(resolve, delay));
    return fetchWithRetries(url, laterDelays);
  } finally {
    clearTimeout(timer);
  }
}
