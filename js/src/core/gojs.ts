// What a program that standard Go has compiled imports besides ours, in the place of Go's own loader (lib/wasm/wasm_exec.js). Our programs do not use
// syscall/js, so they need only the functions below. Go passes arguments on its stack, from the address `sp` + 8 on.

// The page may have replaced performance.now by a function that throws. An exception in Go would end it, so the time is 0 then.
function milliseconds(): number {
  try {
    return performance.now();
  } catch {
    return 0;
  }
}

/** Returns those functions. `print` receives what the program writes: the text of a panic. */
export function createRuntime(memory: () => ArrayBuffer, print: (text: string) => void): WebAssembly.ModuleImports {
  const decoder = new TextDecoder();
  let view: DataView;
  const reset = () => {
    view = new DataView(memory());
  };
  const stack = (sp: number) => {
    if (!view?.byteLength) reset(); // Not set yet, or detached because the memory has grown.
    return sp >>> 0;
  };
  const store = (at: number, value: number) => {
    view.setUint32(at, value, true);
    view.setInt32(at + 4, Math.floor(value / 2 ** 32), true);
  };
  const bytes = (at: number) => new Uint8Array(memory(), view.getUint32(at, true), view.getUint32(at + 8, true));
  return {
    'runtime.resetMemoryDataView': reset,
    // Plus 1, because Go treats 0 as a broken clock, and the fake clock of a test may stand at 0.
    'runtime.nanotime1': (sp: number) => store(stack(sp) + 8, (milliseconds() + 1) * 1e6),
    'runtime.walltime'(sp: number) {
      const at = stack(sp) + 8;
      const now = Date.now();
      store(at, Math.floor(now / 1000));
      view.setInt32(at + 8, (now % 1000) * 1e6, true);
    },
    'runtime.getRandomData': (sp: number) => void crypto.getRandomValues(bytes(stack(sp) + 8)),
    'runtime.wasmWrite'(sp: number) {
      print(decoder.decode(bytes(stack(sp) + 16)));
    },
    'runtime.wasmExit'() {
      throw new Error('the Go program ended'); // Caught by the caller of the export, which reports it.
    },
    // Timers of the Go runtime are ignored, so that they do not wake the page. What is due runs at the next call into Go.
    'runtime.scheduleTimeoutEvent': (sp: number) => view.setInt32(stack(sp) + 16, 0, true),
    'runtime.clearTimeoutEvent'() {},
  };
}
