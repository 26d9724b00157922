import type { Database } from "../../sqlite.ts";
import { centreOf } from "./centre.ts";
import { BLOCK_SLOTS, SPACE_STRIDE, appendCodes, readBlock } from "./code-blocks.ts";
import { signCode } from "./sign-code.ts";
import { type VectorSpace, activeSpace, giveSlots } from "./vector-writer.ts";

/** Drops vectors of other spaces and of texts that no chunk has; returns how many. Inside a transaction. */
export function prune(db: Database, revision: number): number {
  const space = activeSpace(db);
  let dropped = 0;
  for (const { id } of db.all<{ id: number }>("SELECT id FROM space")) {
    if (id === space?.id) continue;
    const range = [id * SPACE_STRIDE, (id + 1) * SPACE_STRIDE];
    dropped += db.run("DELETE FROM vector WHERE id >= ? AND id < ?", ...range).changes;
    db.run("DELETE FROM vector_codes WHERE id >= ? AND id < ?", ...range);
    db.run("DELETE FROM space WHERE id = ?", id);
  }
  db.run("DELETE FROM pending WHERE NOT EXISTS (SELECT 1 FROM meaning m WHERE m.text = pending.text)");
  if (space !== null) {
    dropped += pruneUnused(db, space.id, revision);
    if (isSparse(db, space)) renumber(db, space, revision);
  }
  db.run(
    `DELETE FROM text WHERE NOT EXISTS (SELECT 1 FROM meaning m WHERE m.text = text.id)
      AND NOT EXISTS (SELECT 1 FROM chunk c WHERE c.text = -text.id)`,
  );
  return dropped;
}

/** As `prune`, and nothing that was computed from a dropped text stays in any row. Inside a transaction. */
export function purgeVectors(db: Database, revision: number): number {
  const dropped = prune(db, revision);
  const space = activeSpace(db);
  if (space !== null) renumber(db, space, revision);
  return dropped;
}

/** Vectors of texts that no chunk has. */
export function countUnusedVectors(db: Database): number {
  const sql = "SELECT count(*) AS n FROM vector v WHERE NOT EXISTS (SELECT 1 FROM meaning m WHERE m.text = v.text)";
  return db.get<{ n: number }>(sql)?.n ?? 0;
}

function pruneUnused(db: Database, space: number, revision: number): number {
  const unused = db.all<{ id: number }>(
    "SELECT id FROM vector v WHERE space = ? AND NOT EXISTS (SELECT 1 FROM meaning m WHERE m.text = v.text)",
    space,
  );
  const byBlock = new Map<number, number[]>();
  for (const { id } of unused) {
    db.prepare("DELETE FROM vector WHERE id = ?").run(id);
    const slot = id - space * SPACE_STRIDE;
    const block = Math.floor(slot / BLOCK_SLOTS);
    byBlock.set(block, [...(byBlock.get(block) ?? []), slot % BLOCK_SLOTS]);
  }
  for (const [block, slots] of byBlock) clearSlots(db, space * SPACE_STRIDE + block, slots, revision);
  return unused.length;
}

function clearSlots(db: Database, row: number, slots: readonly number[], revision: number): void {
  const { texts } = readBlock(db, row);
  for (const slot of slots) texts[slot] = 0;
  if (texts.every((text) => text === 0)) db.run("DELETE FROM vector_codes WHERE id = ?", row);
  else
    db.run("UPDATE vector_codes SET revision = ?, texts = ? WHERE id = ?", revision, new Uint8Array(texts.buffer), row);
}

/** Whether more slots are empty than are taken, in a space large enough for that to matter. */
function isSparse(db: Database, space: VectorSpace): boolean {
  const taken = db.get<{ n: number }>("SELECT count(*) AS n FROM vector WHERE space = ?", space.id)?.n ?? 0;
  return space.slots > 4 * BLOCK_SLOTS && taken < space.slots / 2;
}

/**
 * Moves the vectors of a space into a new one without gaps. A new one, since processes keep vectors in memory by space
 * and slot, and a slot must not change its meaning.
 */
function renumber(db: Database, space: VectorSpace, revision: number): void {
  db.run("DELETE FROM space WHERE id = ?", space.id);
  // The number of a space is not given again while rows of another begin with it.
  const id = 1 + Math.max(space.id, db.get<{ id: number | null }>("SELECT max(id) AS id FROM space")?.id ?? 0);
  const sql = "INSERT INTO space (id, fingerprint, dimensions) VALUES (?, ?, ?)";
  db.run(sql, id, space.fingerprint, space.dimensions);
  db.run("UPDATE meta SET value = ? WHERE key = 'space'", id);
  const first = space.id * SPACE_STRIDE;
  db.run("DELETE FROM vector_codes WHERE id >= ? AND id < ?", first, first + SPACE_STRIDE);
  for (;;) {
    const rows = db.all<{ id: number; text: number; scale: number; data: Uint8Array }>(
      "SELECT id, text, scale, data FROM vector WHERE id >= ? AND id < ? ORDER BY id LIMIT ?",
      first,
      first + SPACE_STRIDE,
      BLOCK_SLOTS,
    );
    if (rows.length === 0) return;
    moveInto(db, id, revision, rows);
  }
}

function moveInto(
  db: Database,
  id: number,
  revision: number,
  rows: readonly { readonly id: number; readonly text: number; readonly scale: number; readonly data: Uint8Array }[],
): void {
  const space = activeSpace(db);
  if (space === null) return;
  const centre = centreOf(db, space);
  const move = db.prepare("UPDATE vector SET id = ?, space = ? WHERE id = ?");
  const moved = rows.map((row, index) => {
    move.run(id * SPACE_STRIDE + space.slots + index, id, row.id);
    const data = new Int8Array(row.data.slice().buffer);
    return { text: row.text, ...signCode({ data, scale: row.scale }, centre) };
  });
  appendCodes(db, space, revision, moved);
  giveSlots(db, space, revision, moved.length);
}
