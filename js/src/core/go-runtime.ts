// Starts a Go program. Our programs use no syscall/js, so this is all that Go's runtime asks of its host: the part of Go's own
// loader (lib/wasm/wasm_exec.js) that remains. Arguments lie on Go's stack, from its pointer `sp` + 8 on.

const noArguments = 4096; // Where Go's loader puts argv: zeros, for a program that is given none.

/** Starts the program and returns its exports. Its main waits; its exports are called from then on. */
export async function startGo(
  program: WebAssembly.Module,
  throughline: WebAssembly.ModuleImports,
): Promise<WebAssembly.Exports> {
  const { exports } = await WebAssembly.instantiate(program, { gojs: createRuntime(() => memory.buffer), throughline });
  const memory = exports.mem as WebAssembly.Memory;
  // A program that was started when it was built (js/snapshot.mjs) runs already.
  (exports.run as ((argc: number, argv: number) => void) | undefined)?.(0, noArguments);
  return exports;
}

/** Why Go died: what it printed, or else the error that came out of it. */
export function crashReason(error: unknown): string {
  return printed.slice(0, 300) || String(error);
}

let printed = '';

// A page may have replaced it by what throws: then time stands still. (This file imports nothing: the build loads it alone.)
function milliseconds(): number {
  try {
    return performance.now();
  } catch {
    return 0;
  }
}

function createRuntime(memory: () => ArrayBuffer): WebAssembly.ModuleImports {
  const decoder = new TextDecoder();
  let view: DataView;
  const reset = () => {
    view = new DataView(memory());
  };
  const stack = (sp: number) => {
    if (!view?.byteLength) reset(); // Not there yet, or left behind by a memory that grew.
    return sp >>> 0;
  };
  const store = (at: number, value: number) => {
    view.setUint32(at, value, true);
    view.setInt32(at + 4, Math.floor(value / 2 ** 32), true);
  };
  const bytes = (at: number) => new Uint8Array(memory(), view.getUint32(at, true), view.getUint32(at + 8, true));
  return {
    'runtime.resetMemoryDataView': reset,
    // Never 0, which Go takes for a broken clock: a test's own may stand there.
    'runtime.nanotime1': (sp: number) => store(stack(sp) + 8, (milliseconds() + 1) * 1e6),
    'runtime.walltime'(sp: number) {
      const at = stack(sp) + 8;
      const now = Date.now();
      store(at, Math.floor(now / 1000));
      view.setInt32(at + 8, (now % 1000) * 1e6, true);
    },
    'runtime.getRandomData': (sp: number) => void crypto.getRandomValues(bytes(stack(sp) + 8)),
    'runtime.wasmWrite'(sp: number) {
      printed += decoder.decode(bytes(stack(sp) + 16));
    },
    'runtime.wasmExit'() {
      throw new Error('the Go program ended'); // Whoever called it tells.
    },
    // No timer of the runtime's own is worth waking a page for: what is due runs when Go is entered next.
    'runtime.scheduleTimeoutEvent': (sp: number) => view.setInt32(stack(sp) + 16, 0, true),
    'runtime.clearTimeoutEvent'() {},
  };
}
