import { randomUUID } from "node:crypto";
import type { Database } from "../../sqlite.ts";

/**
 * Chunks and sources that the server has yet to hear of, kept by triggers in the same transaction as every change: what is
 * committed is queued, whichever process and whichever way it was written. Sending is free of order and may be repeated.
 * Not INSERT OR REPLACE: within a trigger, the statement that fires it decides what a conflict does.
 */
const TABLES = `
  CREATE TABLE IF NOT EXISTS qdrant_target (only INTEGER PRIMARY KEY CHECK (only = 1), name TEXT NOT NULL,
    tenant TEXT NOT NULL);
  CREATE TABLE IF NOT EXISTS qdrant_filled (name TEXT PRIMARY KEY);
  CREATE TABLE IF NOT EXISTS qdrant_queue (seq INTEGER PRIMARY KEY AUTOINCREMENT, chunk INTEGER NOT NULL UNIQUE);
  CREATE TABLE IF NOT EXISTS qdrant_sources (seq INTEGER PRIMARY KEY AUTOINCREMENT, path TEXT NOT NULL UNIQUE);
  CREATE TRIGGER IF NOT EXISTS qdrant_chunk_new AFTER INSERT ON chunk BEGIN
    DELETE FROM qdrant_queue WHERE chunk = new.id; INSERT INTO qdrant_queue (chunk) VALUES (new.id); END;
  CREATE TRIGGER IF NOT EXISTS qdrant_chunk_moved AFTER UPDATE ON chunk BEGIN
    DELETE FROM qdrant_queue WHERE chunk = new.id; INSERT INTO qdrant_queue (chunk) VALUES (new.id); END;
  CREATE TRIGGER IF NOT EXISTS qdrant_chunk_gone AFTER DELETE ON chunk BEGIN
    DELETE FROM qdrant_queue WHERE chunk = old.id; INSERT INTO qdrant_queue (chunk) VALUES (old.id); END;
  DROP TRIGGER IF EXISTS qdrant_vector_new;
  CREATE TRIGGER IF NOT EXISTS qdrant_vector_added AFTER INSERT ON vector BEGIN
    DELETE FROM qdrant_queue WHERE chunk IN (SELECT chunk FROM meaning WHERE text = new.text);
    INSERT INTO qdrant_queue (chunk) SELECT DISTINCT chunk FROM meaning WHERE text = new.text; END;
  CREATE TRIGGER IF NOT EXISTS qdrant_source_new AFTER INSERT ON source BEGIN
    DELETE FROM qdrant_sources WHERE path = new.path; INSERT INTO qdrant_sources (path) VALUES (new.path); END;
  CREATE TRIGGER IF NOT EXISTS qdrant_source_changed AFTER UPDATE ON source BEGIN
    DELETE FROM qdrant_sources WHERE path = new.path; INSERT INTO qdrant_sources (path) VALUES (new.path); END;
  CREATE TRIGGER IF NOT EXISTS qdrant_source_gone AFTER DELETE ON source BEGIN
    DELETE FROM qdrant_sources WHERE path = old.path; INSERT INTO qdrant_sources (path) VALUES (old.path); END;
`;

export interface QueuedChunk {
  readonly seq: number;
  readonly chunk: number;
}

export interface QueuedSource {
  readonly seq: number;
  readonly path: string;
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

/** Whether an index was ever meant for a server. */
export function hasQueue(db: Database): boolean {
  return db.get("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'qdrant_target'") !== undefined;
}

/** The tenant that an index is known by on servers; null where it was never sent to one. */
export function tenantOf(db: Database): string | null {
  if (!hasQueue(db)) return null;
  return db.get<{ tenant: string }>("SELECT tenant FROM qdrant_target")?.tenant ?? null;
}

/** Makes an index known by this name on the next server that it is sent to. */
export function adoptTenant(db: Database, tenant: string): void {
  if (tenantOf(db) === tenant) return;
  db.transaction(() => {
    db.exec(TABLES);
    db.run("INSERT OR REPLACE INTO qdrant_target VALUES (1, '', ?)", tenant);
  });
}

/** Makes an index one that no server knows. */
export function forgetTarget(db: Database): void {
  if (hasQueue(db)) db.run("DELETE FROM qdrant_target");
}

/** Queues everything, for a server that does not have it or has lost it; until it is sent, searches stay local. */
export function queueAll(db: Database): void {
  db.transaction(() => {
    db.exec("DELETE FROM qdrant_filled; DELETE FROM qdrant_queue; DELETE FROM qdrant_sources");
    db.exec("INSERT INTO qdrant_queue (chunk) SELECT id FROM chunk");
    db.exec("INSERT INTO qdrant_sources (path) SELECT path FROM source");
  });
}

/** Whether the server has had everything once since the target was chosen. */
export function isFilled(db: Database): boolean {
  return db.get("SELECT 1 FROM qdrant_filled JOIN qdrant_target USING (name)") !== undefined;
}

/** Notes that the server has had everything once. */
export function markFilled(db: Database): void {
  db.run("INSERT OR IGNORE INTO qdrant_filled SELECT name FROM qdrant_target");
}

/** The oldest changes, but for those numbered up to `after`, which are under way. */
export function readQueue(db: Database, limit: number, after = 0): QueuedChunk[] {
  return db.all<QueuedChunk>("SELECT seq, chunk FROM qdrant_queue WHERE seq > ? ORDER BY seq LIMIT ?", after, limit);
}

/** The oldest changes of sources. */
export function readSourceQueue(db: Database, limit: number): QueuedSource[] {
  return db.all<QueuedSource>("SELECT seq, path FROM qdrant_sources ORDER BY seq LIMIT ?", limit);
}

/** How many chunks wait. */
export function queueLength(db: Database): number {
  return db.get<{ n: number }>("SELECT count(*) AS n FROM qdrant_queue")?.n ?? 0;
}

/** Whether the server has yet to hear of something that a search could find. */
export function isBehind(db: Database): boolean {
  return db.get("SELECT 1 FROM qdrant_queue LIMIT 1") !== undefined;
}

/** Whether anything waits, chunks or states of sources. */
export function isQueued(db: Database): boolean {
  return db.get("SELECT 1 FROM qdrant_queue UNION ALL SELECT 1 FROM qdrant_sources LIMIT 1") !== undefined;
}

/** Takes entries off their queue, but for those that changed again since they were read. */
export function takeOff(db: Database, queue: "qdrant_queue" | "qdrant_sources", sent: readonly { seq: number }[]) {
  db.transaction(() => {
    for (const { seq } of sent) db.prepare(`DELETE FROM ${queue} WHERE seq = ?`).run(seq);
  });
}

/** Takes everything off the queues: the server was compared, and has it all. */
export function markComplete(db: Database): void {
  db.transaction(() => {
    db.exec("DELETE FROM qdrant_queue; DELETE FROM qdrant_sources");
    markFilled(db);
  });
}
