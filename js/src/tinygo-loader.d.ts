/** The loader of the installed TinyGo. js/build.mjs provides it. */
declare module 'tinygo:wasm_exec' {
  interface Program {
    importObject: WebAssembly.Imports;
    run(instance: WebAssembly.Instance): Promise<void>;
  }
  export default function loader(global: object): new () => Program;
}
