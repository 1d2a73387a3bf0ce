// Fetches and compiles the Go program. Used by the worker, and by the page where no worker can be used.

// Milliseconds, for the headers of the response and for its whole body.
const responseTimeout = 30_000;
const bodyTimeout = 120_000;

/**
 * Fetches and compiles throughline.wasm. It is compiled while it is being received if the server sends the right MIME type. If the
 * network fails, it is fetched again after each of the delays, in milliseconds. `cache` is the option of fetch(). Rejects with an Error whose
 * message is shown in the warning `core_failed`.
 */
export async function compile(
  url: string,
  retryDelays: readonly number[] = [],
  cache: RequestCache = 'default',
): Promise<WebAssembly.Module> {
  const response = await fetchWithRetries(url, retryDelays, cache);
  const type = response.headers.get('Content-Type');
  const answered = new Error(`${url} answered ${response.status} ${type}`);
  if (!response.ok) throw answered;
  // compileStreaming accepts exactly this type, without parameters.
  if (WebAssembly.compileStreaming && type === 'application/wasm') return WebAssembly.compileStreaming(response);
  return WebAssembly.compile(await response.arrayBuffer()).catch((error) => {
    // Servers of single-page apps answer with the app's page in place of a file that does not exist. Others only name the wrong type.
    throw /html/.test(type as string) ? answered : error;
  });
}

async function fetchWithRetries(
  url: string,
  [delay, ...laterDelays]: readonly number[],
  cache: RequestCache,
): Promise<Response> {
  const controller = new AbortController();
  const abort = () => controller.abort(); // No effect on a response that is complete.
  const timer = setTimeout(abort, responseTimeout);
  try {
    const response = await fetch(url, { signal: controller.signal, cache });
    setTimeout(abort, bodyTimeout);
    return response;
  } catch (error) {
    if (!delay) throw new Error(`${url} could not be fetched (${(error as Error).message})`);
    await new Promise((resolve) => setTimeout(resolve, delay));
    return fetchWithRetries(url, laterDelays, cache);
  } finally {
    clearTimeout(timer);
  }
}
