// Starts a Go program. Go's own loader expects a global object to write to; it gets one of ours, so that the page's globals
// stay as they were.

import loader from 'go:wasm_exec';
import type { GuardedStorage } from './storage.js';

/** Starts the program and returns its exports. Its main waits; its exports are called from then on. */
export async function startGo(
  program: WebAssembly.Module,
  throughline: WebAssembly.ModuleImports,
  storage: GuardedStorage,
): Promise<WebAssembly.Exports> {
  const scope = {
    Object,
    Array,
    Uint8Array,
    Error,
    crypto,
    performance,
    TextEncoder,
    TextDecoder,
    storage,
    process: {},
    path: {},
    fs,
  };
  const go = new (loader(scope, fs))();
  go.exit = () => {}; // Its exports trap from then on, and whoever called one tells.
  const instance = await WebAssembly.instantiate(program, { ...go.importObject, throughline });
  go.run(instance).catch(() => {});
  return instance.exports;
}

/** What Go printed: where it died of a panic, the reason. */
export function lastWords(): string {
  return printed.slice(0, 300);
}

let printed = '';
const decoder = new TextDecoder();

const fs = {
  constants: {},
  writeSync(_file: number, bytes: Uint8Array): number {
    printed += decoder.decode(bytes);
    return bytes.length;
  },
};
