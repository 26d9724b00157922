import { randomUUID } from "node:crypto";
import type { Database } from "../sqlite.ts";

/**
 * Chunks that the server has yet to hear of, kept by triggers in the same transaction as every change: what is committed
 * is queued, whichever process and whichever way it was written. Sending is free of order and may be repeated.
 */
const TABLES = `
  CREATE TABLE IF NOT EXISTS qdrant_target (only INTEGER PRIMARY KEY CHECK (only = 1), name TEXT NOT NULL,
    tenant TEXT NOT NULL);
  CREATE TABLE IF NOT EXISTS qdrant_queue (seq INTEGER PRIMARY KEY AUTOINCREMENT, chunk INTEGER NOT NULL UNIQUE);
  CREATE TRIGGER IF NOT EXISTS qdrant_chunk_new AFTER INSERT ON chunk
    BEGIN INSERT OR REPLACE INTO qdrant_queue (chunk) VALUES (new.id); END;
  CREATE TRIGGER IF NOT EXISTS qdrant_chunk_moved AFTER UPDATE ON chunk
    BEGIN INSERT OR REPLACE INTO qdrant_queue (chunk) VALUES (new.id); END;
  CREATE TRIGGER IF NOT EXISTS qdrant_chunk_gone AFTER DELETE ON chunk
    BEGIN INSERT OR REPLACE INTO qdrant_queue (chunk) VALUES (old.id); END;
  CREATE TRIGGER IF NOT EXISTS qdrant_vector_new AFTER INSERT ON vector
    BEGIN INSERT OR REPLACE INTO qdrant_queue (chunk) SELECT id FROM chunk WHERE text = new.text; END;
`;

export interface QueuedChunk {
  readonly seq: number;
  readonly chunk: number;
}

/**
 * Begins to queue changes for a target; for one that is not the last one, everything is queued. Returns the tenant that
 * tells this index from others there: as given, or drawn at random once, since paths are alike on many machines.
 */
export function queueFor(db: Database, name: string, tenant?: string): string {
  return db.transaction(() => {
    db.exec(TABLES);
    const last = db.get<{ name: string; tenant: string }>("SELECT name, tenant FROM qdrant_target");
    const chosen = tenant ?? last?.tenant ?? randomUUID();
    if (last?.name === name && last.tenant === chosen) return chosen;
    db.run("INSERT OR REPLACE INTO qdrant_target VALUES (1, ?, ?)", name, chosen);
    queueAll(db);
    return chosen;
  });
}

/** Queues every chunk, for a server that has lost what it had. */
export function queueAll(db: Database): void {
  db.transaction(() => {
    db.run("DELETE FROM qdrant_queue");
    db.run("INSERT INTO qdrant_queue (chunk) SELECT id FROM chunk");
  });
}

export function readQueue(db: Database, limit: number): QueuedChunk[] {
  return db.all<QueuedChunk>("SELECT seq, chunk FROM qdrant_queue ORDER BY seq LIMIT ?", limit);
}

export function queueLength(db: Database): number {
  return db.get<{ n: number }>("SELECT count(*) AS n FROM qdrant_queue")?.n ?? 0;
}

/** Takes chunks off the queue, but for those that changed again since they were read. */
export function takeOff(db: Database, queued: readonly QueuedChunk[]): void {
  db.transaction(() => {
    for (const { seq } of queued) db.prepare("DELETE FROM qdrant_queue WHERE seq = ?").run(seq);
  });
}
