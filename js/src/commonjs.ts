// What the entries for require() have in common.

import type { CoreModule } from './border.js';

declare global {
  /** The CommonJS module that an entry is. */
  var module: { exports: unknown };
}

/** Loads the core, of which bundlers make a chunk. */
export const load = (): Promise<CoreModule> =>
  // @ts-expect-error The file exists beside this one only in the package.
  import('./throughline.core.js').catch((error: Error & { code?: string }) => {
    // Jest runs tests in a context without import(). The codes are Node's, so this is a test or Electron, and no connection that was lost.
    if (!/^ERR_/.test(error.code ?? '')) throw error;
    const message = 'throughline.core.js cannot be imported here; in tests use throughline/testing';
    throw Object.assign(new Error(message), { isFinal: true });
  });

/**
 * Returns the library with a property `default` that is the library itself, so that all of require('throughline'),
 * require('throughline').default and the default imports that compilers turn into either work. It is not a property of the library's own
 * object, where trackers are found by their names.
 */
export function withDefault<Library extends object>(library: Library): Library & { default: Library } {
  const withIt: Library & { default: Library } = new Proxy(library as Library & { default: Library }, {
    get: (target, key) => (key === 'default' ? withIt : Reflect.get(target, key)),
    has: (target, key) => key === 'default' || key in target,
  });
  return withIt;
}
