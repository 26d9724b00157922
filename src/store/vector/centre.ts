import type { Database } from "../../sqlite.ts";
import { BLOCK_SLOTS, SPACE_STRIDE, readBlock, writeBlock } from "./code-blocks.ts";
import { codeBytes, signCode } from "./sign-code.ts";

/** The part of a space that is read here. */
interface Centred {
  readonly id: number;
  readonly dimensions: number;
  readonly slots: number;
}

interface QuantizedRow {
  readonly id: number;
  readonly scale: number;
  readonly data: Uint8Array;
}

/** What the codes of a space are told apart from: nearly the mean of its vectors; null while they are too few to have one. */
export function centreOf(db: Database, space: { readonly id: number }): Float32Array | null {
  const row = db.get<{ centre: Uint8Array | null }>("SELECT centre FROM space WHERE id = ?", space.id);
  return row?.centre ? new Float32Array(row.centre.slice().buffer) : null;
}

/** Whether the centre of a space is one of fewer vectors than it should be by now. */
export function isCentreDue(db: Database, space: Centred): boolean {
  const row = db.get<{ centred: number }>("SELECT centred FROM space WHERE id = ?", space.id);
  return (row?.centred ?? 0) < dueAt(space.slots);
}

/** Takes the centre of a space and makes all its codes anew, from the vectors. Inside a transaction. */
export function recentre(db: Database, space: Centred, revision: number): void {
  const centre = meanOf(db, space);
  const bytes = centre && new Uint8Array(centre.buffer);
  db.run("UPDATE space SET centre = ?, centred = ? WHERE id = ?", bytes, dueAt(space.slots), space.id);
  const width = codeBytes(space.dimensions);
  for (let first = 0; first < space.slots; first += BLOCK_SLOTS) {
    const row = space.id * SPACE_STRIDE + first / BLOCK_SLOTS;
    const { texts, factors, shares, codes } = readBlock(db, row);
    if (texts.length === 0) continue;
    const from = space.id * SPACE_STRIDE + first;
    const sql = "SELECT id, scale, data FROM vector WHERE id >= ? AND id < ?";
    for (const { id, scale, data } of db.all<QuantizedRow>(sql, from, from + BLOCK_SLOTS)) {
      const { code, factor, share } = signCode({ data: signed(data), scale }, centre);
      factors[id - from] = factor;
      shares[id - from] = share;
      codes.set(code, (id - from) * width);
    }
    writeBlock(db, row, revision, { texts, factors, shares, codes });
  }
}

/** Of vectors from all over the space; null where there are none. */
function meanOf(db: Database, space: Centred): Float32Array | null {
  const step = Math.max(1, Math.floor(space.slots / SAMPLE));
  const ids = Array.from({ length: SAMPLE }, (_, index) => space.id * SPACE_STRIDE + index * step);
  const rows = db.all<QuantizedRow>(
    "SELECT id, scale, data FROM vector WHERE id IN (SELECT value FROM json_each(?))",
    JSON.stringify(ids),
  );
  if (rows.length === 0) return null;
  const sum = new Float64Array(space.dimensions);
  for (const { scale, data } of rows) {
    const components = signed(data);
    for (let axis = 0; axis < sum.length; axis++) sum[axis] = (sum[axis] ?? 0) + (components[axis] ?? 0) * scale;
  }
  return Float32Array.from(sum, (component) => component / rows.length);
}

function signed(data: Uint8Array): Int8Array {
  return new Int8Array(data.buffer, data.byteOffset, data.length);
}

function dueAt(slots: number): number {
  return CENTRED_AT.findLast((at) => at <= slots) ?? 0;
}

/**
 * At so many vectors a centre is taken. The mean of the first 256 of 28,127 by gte-small serves nearly as well as that of all
 * (426 instead of 410 are compared again, the same are found); what came later may be of another kind.
 */
const CENTRED_AT = [256, 4_096, 65_536];
/** Vectors that it is the mean of: with all of an index the same is found. */
const SAMPLE = 1_024;
