/**
 * Names the build that a file belongs to; js/build.mjs puts it in. The files of two builds, one of them from a cache, may not fit together: the core is
 * found by this name, and the program has it in a section (core/compile.ts).
 */
declare const RELEASE: `r${string}`;
