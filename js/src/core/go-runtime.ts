// Starts a Go program, whichever compiler has made it: what it imports says how.

import { createRuntime } from './gojs.js';
import { createWASI } from './wasi.js';

const noArguments = 4096; // The address where Go's loader puts argv. Without arguments there are only zeros.

/** Starts the program and returns its exports, which can be called while its main function waits. */
export async function startGo(
  program: WebAssembly.Module,
  throughline: WebAssembly.ModuleImports,
): Promise<WebAssembly.Exports> {
  const buffer = () => memoryOf(exports).buffer as ArrayBuffer;
  const exports: WebAssembly.Exports = (
    await WebAssembly.instantiate(program, {
      gojs: createRuntime(buffer, print),
      wasi_snapshot_preview1: createWASI(program, buffer),
      throughline,
    })
  ).exports;
  const { run, _initialize } = exports as Record<string, ((argc?: number, argv?: number) => void) | undefined>;
  // A program of standard Go that was built from a snapshot (js/snapshot.mjs) is running already, and has no `run`.
  run?.(0, noArguments);
  _initialize?.(); // TinyGo's name for it.
  return exports;
}

/** Returns the memory of a program: the compilers name it differently. */
export const memoryOf = ({ mem, memory }: { mem?: unknown; memory?: unknown }): WebAssembly.Memory =>
  (mem ?? memory) as WebAssembly.Memory;

/**
 * Returns why Go crashed: what it printed, or else the error that was thrown. A panic of TinyGo's prints nothing, and is a trap; with either compiler a
 * trap may also be the end of the stack. The error's stack has the index of the function that trapped, because wasm/tools/postlink removes some; not
 * every browser's stack has the message.
 */
export function crashReason(error: unknown): string {
  return (printed || `${error} ${(error as Error)?.stack}`).slice(0, 300);
}

let printed = '';
const print = (text: string) => {
  printed += text;
};
