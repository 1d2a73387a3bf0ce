// Texts across the border: UTF-8 in Go's linear memory. The buffer is taken anew each time, for it moves when memory grows.

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** The part of a Go program's exports that texts need. */
export interface TextExports {
  mem?: WebAssembly.Memory;
  memory?: WebAssembly.Memory;
  /** Where Go takes a text of up to so many bytes. */
  buffer(bytes: number): number;
}

/** Reads and writes texts in one Go program's memory. */
export class Texts {
  constructor(readonly exports: TextExports) {}

  /** Hands Go a text. Returns its length in bytes. */
  write(text: string): number {
    const most = text.length * 3; // UTF-8 needs at most 3 bytes for each UTF-16 unit.
    const at = this.exports.buffer(most) >>> 0;
    return encoder.encodeInto(text, new Uint8Array(this.memory, at, most)).written;
  }

  /** Reads a text of Go's. */
  read(at: number, bytes: number): string {
    return bytes ? decoder.decode(new Uint8Array(this.memory, at >>> 0, bytes)) : '';
  }

  /** A view of Go's memory, good until the next call into Go. */
  bytes(at: number, bytes: number): Uint8Array {
    return new Uint8Array(this.memory, at >>> 0, bytes);
  }

  private get memory(): ArrayBuffer {
    return (this.exports.mem ?? (this.exports.memory as WebAssembly.Memory)).buffer as ArrayBuffer;
  }
}
