// The two Go programs, compiled once for all kits of a test run.

const compiled = new Map<string, Promise<WebAssembly.Module>>();

/** Compiles a program that lies beside this file, from disk under Node and over the network in a page. */
export function program(name: 'throughline.wasm' | 'people.wasm'): Promise<WebAssembly.Module> {
  const known = compiled.get(name) ?? bytes(new URL(name, import.meta.url)).then((wasm) => WebAssembly.compile(wasm));
  compiled.set(name, known);
  return known;
}

async function bytes(url: URL): Promise<BufferSource> {
  if (url.protocol !== 'file:') return (await fetch(url)).arrayBuffer();
  const fs = 'node:fs/promises'; // In a variable: no bundler for the web should look for it.
  const { readFile } = (await import(/* @vite-ignore */ fs)) as {
    readFile(url: URL): Promise<Uint8Array<ArrayBuffer>>;
  };
  return readFile(url);
}
