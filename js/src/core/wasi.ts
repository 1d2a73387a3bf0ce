// What a program that TinyGo has compiled imports besides ours. It is a WASI reactor, of which only random_get is ever called: its C library would write
// a message where one of its assertions fails, but the trap that follows says enough.

const notSupported = 52; // WASI's number for it.

/** Returns the functions of WASI that a program imports. */
export function createWASI(program: WebAssembly.Module, memory: () => ArrayBuffer): WebAssembly.ModuleImports {
  const random = (at: number, length: number) => {
    crypto.getRandomValues(new Uint8Array(memory(), at >>> 0, length));
    return 0;
  };
  return Object.fromEntries(
    WebAssembly.Module.imports(program).map(({ name }) => [name, name === 'random_get' ? random : () => notSupported]),
  );
}
