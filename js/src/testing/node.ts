// What the kit needs and a test's DOM may lack: jsdom under Jest hides Node's TextEncoder, TextDecoder and MessageChannel from tests. The build
// puts these in the place of the globals of the same names in the whole kit, so that the test's own globals stay as they are.

interface NodeModules {
  util: { TextEncoder: (typeof globalThis)['TextEncoder']; TextDecoder: (typeof globalThis)['TextDecoder'] };
  worker_threads: { MessageChannel: (typeof globalThis)['MessageChannel'] };
  url: { fileURLToPath(url: string): string };
  fs: { promises: { readFile(path: string): Promise<Uint8Array<ArrayBuffer>> } };
}

type Require = (name: string) => unknown;

// In the CommonJS form of the kit, the module itself. Bundlers for the web would resolve a literal `require('node:util')`, and fail.
declare const module: { [name: string]: Require } | undefined;
declare const process: { getBuiltinModule?: Require } | undefined;

function requireNode<Name extends keyof NodeModules>(name: Name): NodeModules[Name] | undefined {
  const key = 'require';
  const load =
    (typeof process === 'object' && process?.getBuiltinModule) || (typeof module === 'object' && module?.[key]);
  return load ? (load(`node:${name}`) as NodeModules[Name]) : undefined;
}

/** Returns a module of Node's. */
export async function importNode<Name extends keyof NodeModules>(name: Name): Promise<NodeModules[Name]> {
  const specifier = `node:${name}`; // In a variable, so that bundlers for the web do not try to resolve it.
  return (
    requireNode(name) ?? (import(/* @vite-ignore */ /* webpackIgnore: true */ specifier) as Promise<NodeModules[Name]>)
  );
}

const { TextEncoder, TextDecoder } = globalThis.TextEncoder ? globalThis : (requireNode('util') as NodeModules['util']);
const { MessageChannel } = globalThis.MessageChannel
  ? globalThis
  : (requireNode('worker_threads') as NodeModules['worker_threads']);

export { MessageChannel, TextDecoder, TextEncoder };
