/** What becomes of the bytes that are handed to a `LineSplitter`. */
export interface LineSink {
  /** A whole line, without its line break. */
  readonly line: (bytes: Buffer) => void;
  /** The line under way is longer than may be held: its bytes are let go from here on. */
  readonly overflow: () => void;
  /** A line that overflowed has ended. */
  readonly overflowed: () => void;
  /** Bytes of the stream in order, line breaks included: after their line was handed out, or when they are let go. */
  readonly consumed: (bytes: Buffer) => void;
}

/** Cuts a stream of bytes into lines, holding no more than the line that has not ended yet. */
export class LineSplitter {
  readonly #maxBytes: number;
  readonly #sink: LineSink;
  #parts: Buffer[] = [];
  #held = 0;
  #overflowing = false;

  constructor(maxBytes: number, sink: LineSink) {
    this.#maxBytes = maxBytes;
    this.#sink = sink;
  }

  /** Whether the line that has not ended is too long, and let go of. */
  get isOverflowing(): boolean {
    return this.#overflowing;
  }

  /** Bytes held of the line that has not ended. */
  get heldBytes(): number {
    return this.#held;
  }

  /** What is held of the line that has not ended; null when nothing is. */
  held(): Buffer | null {
    return this.#held === 0 ? null : Buffer.concat(this.#parts);
  }

  push(bytes: Buffer): void {
    let start = 0;
    for (let end = bytes.indexOf(NEWLINE); end !== -1; end = bytes.indexOf(NEWLINE, start)) {
      this.#end(bytes.subarray(start, end + 1));
      start = end + 1;
    }
    if (start < bytes.length) this.#hold(bytes.subarray(start));
  }

  #end(last: Buffer): void {
    if (this.#held === 0 && !this.#overflowing) {
      this.#sink.line(last.subarray(0, -1));
      this.#sink.consumed(last);
      return;
    }
    this.#hold(last);
    if (this.#overflowing) this.#sink.overflowed();
    else this.#sink.line(Buffer.concat(this.#parts).subarray(0, -1));
    this.#letGo();
    this.#overflowing = false;
  }

  #hold(rest: Buffer): void {
    this.#held += rest.length;
    this.#parts.push(rest);
    if (!this.#overflowing && this.#held > this.#maxBytes) {
      this.#overflowing = true;
      this.#sink.overflow();
    }
    if (this.#overflowing) this.#letGo();
  }

  #letGo(): void {
    for (const part of this.#parts) this.#sink.consumed(part);
    this.#parts = [];
    this.#held = 0;
  }
}

const NEWLINE = 0x0a;
