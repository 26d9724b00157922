import { KERNEL } from "./kernel-bytes.ts";

interface Memory {
  readonly buffer: ArrayBuffer;
  grow(pages: number): number;
}

/** The part of the runtime's WebAssembly that is used; its types would come with those of a browser only. */
declare const WebAssembly: {
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (module: object) => { readonly exports: object };
};

/** The inner loops of `kernel.wat`, with a memory of their own; all addresses are bytes in that memory. */
export interface Kernel {
  readonly memory: Memory;
  estimates(
    tables: number,
    codes: number,
    factors: number,
    shares: number,
    count: number,
    width: number,
    bias: number,
    lean: number,
    out: number,
    bests: number,
  ): void;
  products(query: number, rows: number, count: number, width: number, out: number): void;
  addSparse(list: number, count: number, weight: number, scores: number): void;
  addDense(list: number, count: number, weight: number, scores: number): void;
  countAtLeast(values: number, count: number, least: number): number;
  atLeast(scores: number, count: number, least: number, found: number): number;
}

/** Compiles the kernel (some 1,500 bytes, well under a millisecond). */
export function createKernel(): Kernel {
  const module = new WebAssembly.Module(Buffer.from(KERNEL, "base64"));
  return new WebAssembly.Instance(module).exports as Kernel;
}

const PAGE_BYTES = 65_536;

/** Hands out room in a kernel's memory from bottom to top, growing it as needed. */
export class Arena {
  readonly #memory: Memory;
  #top: number;

  /** `top` leaves the bottom of the memory to its owner. */
  constructor(memory: Memory, top: number) {
    this.#memory = memory;
    this.#top = 0;
    this.reserve(top);
  }

  /** The address of `bytes` fresh bytes, a multiple of 16. Views of the memory made before are void afterwards. */
  reserve(bytes: number): number {
    const address = 16 * Math.ceil(this.#top / 16);
    this.#top = address + bytes;
    const missing = this.#top - this.#memory.buffer.byteLength;
    if (missing > 0) this.#memory.grow(Math.ceil(missing / PAGE_BYTES));
    return address;
  }
}
