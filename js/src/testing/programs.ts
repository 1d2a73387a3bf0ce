// Loads the two Go programs of the testing kit, and compiles each once for all kits of a test run.

const compiled = new Map<string, Promise<WebAssembly.Module>>();

/** Returns a compiled program. It is read from beside this file: from disk under Node, over the network in a page. */
export function program(name: 'throughline.wasm' | 'people.wasm'): Promise<WebAssembly.Module> {
  const known = compiled.get(name) ?? bytes(new URL(name, import.meta.url)).then((wasm) => WebAssembly.compile(wasm));
  compiled.set(name, known);
  return known;
}

async function bytes(url: URL): Promise<BufferSource> {
  if (url.protocol !== 'file:') return (await fetch(url)).arrayBuffer();
  const fs = 'node:fs/promises'; // In a variable, so that bundlers for the web do not try to resolve it.
  const { readFile } = (await import(/* @vite-ignore */ fs)) as {
    readFile(url: URL): Promise<Uint8Array<ArrayBuffer>>;
  };
  return readFile(url);
}
