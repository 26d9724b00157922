import type { Database } from "../sqlite.ts";
import type { IndexMoments } from "./index-store.ts";

/** Counts committed changes: whatever a process keeps in memory is good for one revision. */
export function revisionOf(db: Database): number {
  return numberOf(db, "revision") ?? 0;
}

/** Begins a change inside a transaction; returns the revision that it will be known by. */
export function nextRevision(db: Database, now: number): number {
  const revision = revisionOf(db) + 1;
  db.run("UPDATE meta SET value = ? WHERE key = 'revision'", revision);
  db.run("UPDATE meta SET value = ? WHERE key = 'updatedAt'", now);
  return revision;
}

/** A number kept in the database beside its tables; null when it was never set. */
export function numberOf(db: Database, key: "revision" | "nextChunk" | "space" | keyof IndexMoments): number | null {
  return db.get<{ value: number | null }>("SELECT value FROM meta WHERE key = ?", key)?.value ?? null;
}

/**
 * Reserves `count` chunk ids and returns the first. Ids are never given twice: postings of a chunk that is gone stay
 * until their segment is compacted, and must not turn up for another chunk.
 */
export function reserveChunkIds(db: Database, count: number): number {
  const first = numberOf(db, "nextChunk") ?? 1;
  db.run("UPDATE meta SET value = ? WHERE key = 'nextChunk'", first + count);
  return first;
}

/** When the index was made, changed, scanned and checked whole; null for what never happened. */
export function readMoments(db: Database): IndexMoments {
  return {
    createdAt: numberOf(db, "createdAt"),
    updatedAt: numberOf(db, "updatedAt"),
    scannedAt: numberOf(db, "scannedAt"),
    checkedAt: numberOf(db, "checkedAt"),
  };
}

/** Notes a scan. No new revision: readers may keep what they know. Inside a transaction. */
export function writeScan(db: Database, now: number, full: boolean): void {
  const set = "INSERT INTO meta VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value";
  db.run(set, "scannedAt", now);
  db.run(full ? set : "INSERT OR IGNORE INTO meta VALUES (?, ?)", "checkedAt", now);
}
