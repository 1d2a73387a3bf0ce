/** Go's own loader, from the installed Go release: js/build.mjs provides it. */
declare module 'go:wasm_exec' {
  interface Program {
    exit: (code: number) => void;
    importObject: WebAssembly.Imports;
    run(instance: WebAssembly.Instance): Promise<void>;
  }
  export default function loader(global: object, fs: object): new () => Program;
}
