import type { Database } from "../../sqlite.ts";
import { type StoredText, fromStored } from "../chunk-rows.ts";
import { dimensionMismatch } from "../dimension-mismatch.ts";
import type { PendingVector } from "../index-store.ts";
import { numberOf } from "../meta.ts";
import { centreOf, isCentreDue, recentre } from "./centre.ts";
import { type VectorCode, SPACE_STRIDE, appendCodes } from "./code-blocks.ts";
import { quantize } from "./quantize.ts";
import { signCode } from "./sign-code.ts";

export interface VectorSpace {
  readonly id: number;
  readonly fingerprint: string;
  readonly dimensions: number;
  /** Slots given so far; the next vector takes the next one. */
  readonly slots: number;
}

/** The space that searches go to; null before the first `useVectors`. */
export function activeSpace(db: Database): VectorSpace | null {
  const id = numberOf(db, "space");
  if (id === null) return null;
  return db.get<VectorSpace>("SELECT id, fingerprint, dimensions, slots FROM space WHERE id = ?", id) ?? null;
}

/** Makes a space the active one, created when new, and queues every text that lacks a vector in it. */
export function useSpace(db: Database, fingerprint: string, dimensions: number): void {
  const known = db.get<VectorSpace>("SELECT id, dimensions FROM space WHERE fingerprint = ?", fingerprint);
  if (known !== undefined && known.dimensions !== dimensions) throw dimensionMismatch(known.dimensions, dimensions);
  if (known === undefined) {
    db.run("INSERT INTO space (fingerprint, dimensions) VALUES (?, ?)", fingerprint, dimensions);
  }
  const id = db.get<{ id: number }>("SELECT id FROM space WHERE fingerprint = ?", fingerprint)?.id ?? 0;
  db.run("UPDATE meta SET value = ? WHERE key = 'space'", id);
  db.run("DELETE FROM pending");
  db.run(
    `INSERT INTO pending SELECT m.text, max(s.mtime)
      FROM meaning m JOIN chunk c ON c.id = m.chunk JOIN source s ON s.id = c.source
      WHERE NOT EXISTS (SELECT 1 FROM vector v WHERE v.space = ? AND v.text = m.text) GROUP BY m.text`,
    id,
  );
}

/** The row of a vector key, created when new. */
export function textRow(db: Database, vectorKey: string): { readonly id: number; readonly isNew: boolean } {
  const key = Buffer.from(vectorKey, "hex");
  // Most are new: to look first would search the keys twice.
  const { changes, lastInsertRowid } = db.prepare("INSERT INTO text (key) VALUES (?) ON CONFLICT DO NOTHING").run(key);
  if (Number(changes) > 0) return { id: Number(lastInsertRowid), isNew: true };
  return { id: knownText(db, key) ?? 0, isNew: false };
}

function knownText(db: Database, key: Uint8Array): number | undefined {
  return (db.prepare("SELECT id FROM text WHERE key = ?").get(key) as { readonly id: number } | undefined)?.id;
}

/** Queues a text for embedding unless the active space has its vector. */
export function queueText(db: Database, space: VectorSpace, text: number, isNew: boolean, mtime: number): void {
  const has = () => db.prepare("SELECT 1 FROM vector WHERE space = ? AND text = ?").get(space.id, text) !== undefined;
  if (!isNew && has()) return;
  db.prepare("INSERT INTO pending VALUES (?, ?) ON CONFLICT DO UPDATE SET mtime = max(mtime, excluded.mtime)").run(
    text,
    mtime,
  );
}

export function readPending(db: Database, limit: number): PendingVector[] {
  const rows = db.all<{ key: Uint8Array; body: StoredText | null }>(
    `SELECT t.key, coalesce((SELECT coalesce(b.embed, b.body) FROM chunk c JOIN chunk_text b ON b.chunk = c.id
        WHERE c.text = p.text LIMIT 1), (SELECT body FROM passage WHERE text = p.text LIMIT 1)) AS body
      FROM (SELECT text, mtime FROM pending ORDER BY mtime DESC, text LIMIT ?) p JOIN text t ON t.id = p.text
      ORDER BY p.mtime DESC, p.text`,
    limit,
  );
  return rows.map(({ key, body }) => ({ vectorKey: Buffer.from(key).toString("hex"), text: fromStored(body) }));
}

/** Writes vectors into the active space; one that is there already stays as it is. Inside a transaction. */
export function writeVectors(
  db: Database,
  space: VectorSpace,
  revision: number,
  vectors: readonly { readonly vectorKey: string; readonly vector: Float32Array }[],
): void {
  const fresh: VectorCode[] = [];
  const centre = centreOf(db, space);
  for (const { vectorKey, vector } of vectors) {
    if (vector.length !== space.dimensions) throw dimensionMismatch(space.dimensions, vector.length);
    const text = knownText(db, Buffer.from(vectorKey, "hex")) ?? textRow(db, vectorKey).id;
    db.prepare("DELETE FROM pending WHERE text = ?").run(text);
    const { data, scale } = quantize(vector);
    const { changes } = db
      .prepare("INSERT INTO vector VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING")
      .run(space.id * SPACE_STRIDE + space.slots + fresh.length, space.id, text, scale, new Uint8Array(data.buffer));
    if (Number(changes) > 0) fresh.push({ text, ...signCode({ data, scale }, centre) });
  }
  appendCodes(db, space, revision, fresh);
  giveSlots(db, space, revision, fresh.length);
}

/** Counts slots that were just written, and takes the centre of the space anew where it has grown many times over. */
export function giveSlots(db: Database, space: VectorSpace, revision: number, count: number): void {
  const grown = { ...space, slots: space.slots + count };
  db.run("UPDATE space SET slots = ? WHERE id = ?", grown.slots, grown.id);
  if (isCentreDue(db, grown)) recentre(db, grown, revision);
}
