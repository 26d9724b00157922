import type { Database } from "../../sqlite.ts";
import type { SignCode } from "./sign-code.ts";
import { codeBytes } from "./sign-code.ts";

/** Vectors whose codes share one row: little enough to rewrite per batch, few enough rows to load. */
export const BLOCK_SLOTS = 1024;

/** Row ids of `vector` and `vector_codes` begin with their space, so that each space is one range of either table. */
export const SPACE_STRIDE = 2 ** 32;

/** What is kept of a vector beside the vector itself. */
export interface VectorCode extends SignCode {
  readonly text: number;
}

/** One row of codes, slot after slot: the text of each (0: the slot is empty), and of its `SignCode` each part. */
export interface CodeBlock {
  readonly texts: Uint32Array;
  readonly factors: Float32Array;
  readonly shares: Float32Array;
  readonly codes: Uint8Array;
}

/** An empty block of so many slots. */
function blockOf(slots: number, dimensions: number): CodeBlock {
  return {
    texts: new Uint32Array(slots),
    factors: new Float32Array(slots),
    shares: new Float32Array(slots),
    codes: new Uint8Array(slots * codeBytes(dimensions)),
  };
}

export function readBlock(db: Database, row: number): CodeBlock {
  const found = db.get<{ texts: Uint8Array; factors: Uint8Array; shares: Uint8Array | null; codes: Uint8Array }>(
    "SELECT texts, factors, shares, codes FROM vector_codes WHERE id = ?",
    row,
  );
  const texts = new Uint32Array(found?.texts.slice().buffer ?? []);
  return {
    texts,
    factors: new Float32Array(found?.factors.slice().buffer ?? []),
    // Rows of the time before there were shares.
    shares: found?.shares ? new Float32Array(found.shares.slice().buffer) : new Float32Array(texts.length),
    codes: found?.codes ?? new Uint8Array(),
  };
}

/** Writes the codes of vectors that take the next slots of a space, in their order. Inside a transaction. */
export function appendCodes(
  db: Database,
  space: { readonly id: number; readonly dimensions: number; readonly slots: number },
  revision: number,
  fresh: readonly VectorCode[],
): void {
  const width = codeBytes(space.dimensions);
  for (let done = 0; done < fresh.length;) {
    const slot = space.slots + done;
    const start = slot % BLOCK_SLOTS;
    const part = fresh.slice(done, done + BLOCK_SLOTS - start);
    const row = space.id * SPACE_STRIDE + Math.floor(slot / BLOCK_SLOTS);
    const block = blockOf(start + part.length, space.dimensions);
    const before = readBlock(db, row);
    block.texts.set(before.texts);
    block.factors.set(before.factors);
    block.shares.set(before.shares);
    block.codes.set(before.codes);
    part.forEach(({ text, code, factor, share }, index) => {
      block.texts[start + index] = text;
      block.factors[start + index] = factor;
      block.shares[start + index] = share;
      block.codes.set(code, (start + index) * width);
    });
    writeBlock(db, row, revision, block);
    done += part.length;
  }
}

export function writeBlock(db: Database, row: number, revision: number, block: CodeBlock): void {
  db.run(
    "INSERT OR REPLACE INTO vector_codes (id, revision, texts, factors, shares, codes) VALUES (?, ?, ?, ?, ?, ?)",
    row,
    revision,
    new Uint8Array(block.texts.buffer),
    new Uint8Array(block.factors.buffer),
    new Uint8Array(block.shares.buffer),
    block.codes,
  );
}
