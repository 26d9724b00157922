import { createHash } from "node:crypto";
import type { Hash } from "node:crypto";

/** A digest of everything up to `size`, in a form that can be stored and gone on from. */
export interface ChainState {
  /** Bytes digested. */
  readonly size: number;
  /** Digest of all whole blocks, hex. */
  readonly chain: string;
}

/**
 * A digest over a growing file that can be taken up again later: each block of 64 KiB is digested together with the
 * digest of all blocks before it, so that going on needs only the bytes of the last, unfinished block.
 */
export class ChainedHash {
  #chain: string;
  #size: number;
  #block: Hash;

  private constructor(chain: string, size: number, block: Hash) {
    this.#chain = chain;
    this.#size = size;
    this.#block = block;
  }

  static begin(): ChainedHash {
    return new ChainedHash("", 0, createHash("sha256"));
  }

  /** Goes on from the start of `state`'s unfinished block; the caller feeds the bytes from `blockStart(state)` on. */
  static resume(state: ChainState): ChainedHash {
    return new ChainedHash(state.chain, blockStart(state.size), createHash("sha256").update(state.chain));
  }

  /** Bytes digested so far. */
  get size(): number {
    return this.#size;
  }

  update(bytes: Buffer): void {
    for (let at = 0; at < bytes.length;) {
      const room = BLOCK_BYTES - (this.#size % BLOCK_BYTES);
      const part = bytes.subarray(at, at + room);
      this.#block.update(part);
      this.#size += part.length;
      at += part.length;
      if (this.#size % BLOCK_BYTES === 0) {
        this.#chain = this.#block.digest("hex");
        this.#block = createHash("sha256").update(this.#chain);
      }
    }
  }

  /** Digest of all bytes so far, hex. */
  digest(): string {
    return this.#block.copy().digest("hex");
  }

  state(): ChainState {
    return { size: this.#size, chain: this.#chain };
  }

  /** An independent digest that starts from the same bytes. */
  copy(): ChainedHash {
    return new ChainedHash(this.#chain, this.#size, this.#block.copy());
  }
}

/** Where the unfinished block begins. */
export function blockStart(size: number): number {
  return size - (size % BLOCK_BYTES);
}

/** Small enough to read again at each append, large enough that chaining costs nothing. */
const BLOCK_BYTES = 65_536;
