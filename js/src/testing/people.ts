// The identity graph of the collector, for the testing kit: the same Go package, compiled to people.wasm.

import { startGo } from '../core/go-runtime.js';
import { type TextExports, Texts } from '../core/memory.js';

interface Exports extends TextExports {
  claim(bytes: number, seq: number): number;
  person(bytes: number): number;
  result(): number;
}

/** Knows which distinct_ids belong to one person. */
export class People {
  private constructor(
    private readonly exports: Exports,
    private readonly texts: Texts,
  ) {}

  /** Starts the program people.wasm. */
  static async start(program: WebAssembly.Module): Promise<People> {
    const exports = (await startGo(program, {})) as unknown as Exports;
    return new People(exports, new Texts(exports));
  }

  /**
   * Adds an alias. `seq` is its position in the order in which claims were accepted, which decides who owns it. Returns whether a
   * claim of another distinct_id to the alias holds.
   */
  claim(alias: string, distinctID: string, insertID: string, seq: number): boolean {
    const { exports, texts } = this;
    return exports.claim(texts.write(JSON.stringify([alias, distinctID, insertID])), seq) === 1;
  }

  /** Returns all ids of the person that an id belongs to, the original first. */
  ids(distinctID: string): string[] {
    const { exports, texts } = this;
    const bytes = exports.person(texts.write(distinctID));
    return JSON.parse(texts.answer(bytes)) as string[];
  }
}
