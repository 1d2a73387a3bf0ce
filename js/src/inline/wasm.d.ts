// The program as js/build.mjs puts it into the bundle.

declare module 'throughline:wasm' {
  /** throughline.wasm, compressed in the format of zlib and written in base64. */
  const deflated: string;
  export default deflated;
}
