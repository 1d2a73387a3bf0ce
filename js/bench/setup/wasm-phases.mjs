// Measures the phases of starting a Go program, by wrapping the functions of WebAssembly in the page.

/** Page code that must run before the library. It stores times in `window.phases`, and Go's memory in `window.wasmMemory`. */
export const phases = `{
  window.phases = {};
  const timed = (name, action) => {
    const from = performance.now();
    const end = () => { phases[name] = (phases[name] ?? 0) + performance.now() - from; };
    const result = action();
    if (!(result instanceof Promise)) { end(); return result; }
    return result.finally(end);
  };
  const { fetch, WebAssembly: wasm, Worker } = window;
  window.Worker = class extends Worker {
    constructor(...args) {
      super(...args);
      const from = performance.now();
      this.addEventListener('message', ({ data }) => { if ('program' in data) phases.worker = performance.now() - from; });
    }
  };
  window.fetch = (...args) => (String(args[0]).endsWith('.wasm') ? timed('fetch', () => fetch(...args)) : fetch(...args));
  for (const name of ['compile', 'compileStreaming']) {
    const compile = wasm[name];
    wasm[name] = (...args) => timed('compile', () => compile.apply(wasm, args));
  }
  const instantiate = wasm.instantiate;
  wasm.instantiate = async (...args) => {
    const instance = await timed('instantiate', () => instantiate.apply(wasm, args));
    window.wasmMemory = instance.exports.mem ?? instance.exports.memory;
    const names = { run: 'runtime', _start: 'runtime', open: 'open' };
    const exports = {};
    for (const [key, value] of Object.entries(instance.exports))
      exports[key] = names[key] ? (...args) => timed(names[key], () => value(...args)) : value;
    return Object.create(instance, { exports: { value: exports } });
  };
}`;

/** Returns the measured times, in milliseconds. */
export const readPhases = (page) => page.evaluate(() => window.phases);
