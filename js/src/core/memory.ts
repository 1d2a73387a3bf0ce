// Reads and writes texts as UTF-8 in the linear memory of Go. Each access makes a new view, because views are detached when memory grows.

import { memoryOf } from './go-runtime.js';

// Go keeps its buffer only up to this size (wasm/border). A larger one is asked for anew each time.
const keptBufferBytes = 64 << 10;
const minBufferBytes = 4 << 10;

/** The exports of a Go program that texts need. */
export interface TextExports {
  mem?: WebAssembly.Memory;
  memory?: WebAssembly.Memory;
  /** Returns the address of a buffer for texts of up to so many bytes. */
  buffer(bytes: number): number;
  /** Returns the address of the last answer. */
  result(): number;
}

/** Reads and writes texts in the memory of one Go program. */
export class Texts {
  private readonly encoder = new TextEncoder();
  private readonly decoder = new TextDecoder();
  private at = 0;
  private capacity = 0;

  constructor(readonly exports: TextExports) {}

  /** Writes a text to Go's buffer. Returns its length in bytes. */
  write(text: string): number {
    const maxBytes = text.length * 3; // UTF-8 needs at most 3 bytes for each UTF-16 unit.
    if (maxBytes > this.capacity) {
      this.capacity = Math.max(maxBytes, minBufferBytes);
      this.at = this.exports.buffer(this.capacity) >>> 0;
    }
    if (this.capacity > keptBufferBytes) this.capacity = 0;
    return this.encoder.encodeInto(text, new Uint8Array(this.memory, this.at, maxBytes)).written;
  }

  /** Reads a text from Go's memory. */
  read(at: number, bytes: number): string {
    return bytes ? this.decoder.decode(new Uint8Array(this.memory, at >>> 0, bytes)) : '';
  }

  /** Reads Go's answer to the last call. */
  answer(bytes: number): string {
    return bytes ? this.read(this.exports.result(), bytes) : '';
  }

  /** Returns a view of Go's memory, which is valid until the next call into Go. */
  bytes(at: number, bytes: number): Uint8Array<ArrayBuffer> {
    return new Uint8Array(this.memory, at >>> 0, bytes);
  }

  private get memory(): ArrayBuffer {
    return memoryOf(this.exports).buffer as ArrayBuffer;
  }
}
