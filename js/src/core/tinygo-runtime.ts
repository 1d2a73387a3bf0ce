// Starts a program that TinyGo made: js/build.mjs puts this in the place of go.ts then. TinyGo's own loader expects a global object
// to write to; it gets one of ours, so that the page's globals stay as they were.

import loader from 'tinygo:wasm_exec';

/** As go.ts's. */
export async function startGo(
  program: WebAssembly.Module,
  throughline: WebAssembly.ModuleImports,
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
    process: {},
    fs: {},
  };
  const go = new (loader(scope))();
  const instance = await WebAssembly.instantiate(program, { ...go.importObject, throughline });
  go.run(instance).catch(() => {});
  return instance.exports;
}

/** As go.ts's. The program prints nothing when it dies. */
export const crashReason = String;
