import type { Database } from "../sqlite.ts";
import { BLOCK_SLOTS, SPACE_STRIDE, activeSpace, readBlock } from "./vector-writer.ts";

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
  db.run("DELETE FROM pending WHERE NOT EXISTS (SELECT 1 FROM chunk c WHERE c.text = pending.text)");
  if (space !== null) dropped += pruneUnused(db, space.id, revision);
  db.run("DELETE FROM text WHERE NOT EXISTS (SELECT 1 FROM chunk c WHERE c.text = text.id)");
  return dropped;
}

function pruneUnused(db: Database, space: number, revision: number): number {
  const unused = db.all<{ id: number }>(
    "SELECT id FROM vector v WHERE space = ? AND NOT EXISTS (SELECT 1 FROM chunk c WHERE c.text = v.text)",
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
