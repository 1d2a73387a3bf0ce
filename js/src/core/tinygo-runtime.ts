// Starts a program that was compiled with TinyGo. js/build.mjs replaces go-runtime.ts by this file for such a build. TinyGo's own loader
// writes to the global object; here it gets an object of ours, so that the page's globals are not changed.

import loader from 'tinygo:wasm_exec';

/** As in go-runtime.ts. */
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

/** As in go-runtime.ts. A TinyGo program prints nothing when it crashes. */
export const crashReason = String;
