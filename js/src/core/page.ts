// The entry of throughline.core.js: starts Go on a web page, with the program in a file beside this one.

import type { Core, ShimPorts } from '../border.js';
import { compileProgram } from './compile.js';
import { startWith } from './core.js';
import { pageEnvironment } from './environment.js';

/** Starts Go on a web page. js/build.mjs exports it under the name of the build (border.ts). */
export const start = (shim: ShimPorts): Promise<Core> => startWith(pageEnvironment(compileProgram), shim);
