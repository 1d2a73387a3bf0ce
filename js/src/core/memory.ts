// Texts across the border: UTF-8 in Go's linear memory. The view is taken anew each time, for memory moves when it grows.

// What Go's side (wasm/border) does: it keeps a buffer of up to this many bytes for good. Asking for less than the first size saves nothing.
const keptBufferBytes = 64 << 10;
const minBufferBytes = 4 << 10;

/** The part of a Go program's exports that texts need. */
export interface TextExports {
  mem?: WebAssembly.Memory;
  memory?: WebAssembly.Memory;
  /** Where Go takes texts of up to so many bytes. */
  buffer(bytes: number): number;
  /** Where the last answer is. */
  result(): number;
}

/** Reads and writes texts in one Go program's memory. */
export class Texts {
  private readonly encoder = new TextEncoder();
  private readonly decoder = new TextDecoder();
  private at = 0;
  private capacity = 0;

  constructor(readonly exports: TextExports) {}

  /** Hands Go a text. Returns its length in bytes. */
  write(text: string): number {
    const maxBytes = text.length * 3; // UTF-8 needs at most 3 bytes for each UTF-16 unit.
    if (maxBytes > this.capacity) {
      this.capacity = Math.max(maxBytes, minBufferBytes);
      this.at = this.exports.buffer(this.capacity) >>> 0;
    }
    if (this.capacity > keptBufferBytes) this.capacity = 0;
    return this.encoder.encodeInto(text, new Uint8Array(this.memory, this.at, maxBytes)).written;
  }

  /** Reads a text of Go's. */
  read(at: number, bytes: number): string {
    return bytes ? this.decoder.decode(new Uint8Array(this.memory, at >>> 0, bytes)) : '';
  }

  /** Reads Go's answer to the last call. */
  answer(bytes: number): string {
    return bytes ? this.read(this.exports.result(), bytes) : '';
  }

  /** A view of Go's memory, good until the next call into Go. */
  bytes(at: number, bytes: number): Uint8Array<ArrayBuffer> {
    return new Uint8Array(this.memory, at >>> 0, bytes);
  }

  private get memory(): ArrayBuffer {
    return (this.exports.mem ?? (this.exports.memory as WebAssembly.Memory)).buffer as ArrayBuffer;
  }
}
