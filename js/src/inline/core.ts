// The core of throughline/inline: starts Go with the program that is part of this bundle.

import type { Core, ShimPorts } from '../border.js';
import { startWith } from '../core/core.js';
import { pageEnvironment } from '../core/environment.js';
import { compileInlined } from './program.js';

/** Starts Go on a web page. Nothing is fetched, so what fails once fails always, and the shim does not try again. */
export const start = (shim: ShimPorts): Promise<Core> =>
  startWith(pageEnvironment(compileInlined), shim).catch((error: Error) => {
    throw Object.assign(new Error(error.message), { isFinal: true });
  });
