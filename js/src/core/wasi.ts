// What a program that TinyGo has compiled may import besides ours. It is a WASI reactor, whose C library would write a message where one of its
// assertions fails, but the trap that follows says enough. Random numbers are not asked for where wasm/border/seed_tinygo.go has taken effect.

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
