// Loads the two Go programs of the testing kit, and compiles each once for all kits of a test run.

import { importNode } from './node.js';

const places = { 'throughline.wasm': '../throughline.wasm', 'people.wasm': 'people.wasm' };
const compiled = new Map<string, Promise<WebAssembly.Module>>();

/** Returns a compiled program. It is read from disk under Node, over the network in a page. */
export function program(name: keyof typeof places): Promise<WebAssembly.Module> {
  const known =
    compiled.get(name) ?? bytes(new URL(places[name], import.meta.url)).then((wasm) => WebAssembly.compile(wasm));
  compiled.set(name, known);
  return known;
}

async function bytes({ protocol, href }: URL): Promise<BufferSource> {
  if (protocol !== 'file:') return (await fetch(href)).arrayBuffer();
  const { promises } = await importNode('fs');
  const { fileURLToPath } = await importNode('url');
  return promises.readFile(fileURLToPath(href));
}
