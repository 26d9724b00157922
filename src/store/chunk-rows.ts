import { UserError } from "../errors.ts";
import { noteFiles } from "./exchange-files.ts";
import type { ChunkRecord, SessionFacts, StoredChunk } from "./index-store.ts";
import type { Database, SqlValue } from "../sqlite.ts";

/** Text as SQLite keeps it: the drivers cut strings at a NUL, so one that holds a NUL is kept as its bytes. */
export type StoredText = string | Uint8Array;

/** A text as it is bound to a statement. */
export function toStored(text: string): StoredText {
  return text.includes("\0") ? Buffer.from(text) : text;
}

/** @throws UserError `store.corrupt` where damage has left nothing in its place. */
export function fromStored(stored: StoredText | null): string {
  if (stored === null) {
    throw new UserError("store.corrupt", "The index is damaged: a text in it is missing.", {
      hint: "Run `codelab-mcp index --full`; if that fails too, move the index away.",
    });
  }
  return typeof stored === "string" ? stored : Buffer.from(stored).toString();
}

interface ChunkRow {
  readonly id: number;
  readonly path: string;
  readonly key: Uint8Array;
  readonly start_line: number;
  readonly end_line: number;
  readonly language: string;
  readonly kind: string;
  readonly symbol: StoredText | null;
  readonly defines: string | null;
  readonly body: StoredText;
  readonly embed: StoredText | null;
  readonly session: string | null;
  readonly project: string;
  readonly branch: string | null;
  readonly cwd: string | null;
  readonly role: string;
  readonly subagent: number;
  readonly started: number;
  readonly ended: number;
  readonly details: string;
}

const SELECT_CHUNK = `
  SELECT c.id, s.path, t.key, c.start_line, c.end_line, c.language, c.kind, c.symbol, c.defines, b.body, b.embed,
    e.session, e.project, e.branch, e.cwd, e.role, e.subagent, e.started, e.ended, e.details
  FROM chunk c JOIN source s ON s.id = c.source JOIN text t ON t.id = abs(c.text) JOIN chunk_text b ON b.chunk = c.id
  LEFT JOIN exchange e ON e.chunk = c.id`;

/** The chunks with these ids in the order asked, without those that are gone. */
export function readChunks(db: Database, ids: readonly number[]): StoredChunk[] {
  const sql = `${SELECT_CHUNK} WHERE c.id IN (SELECT value FROM json_each(?))`;
  const found = new Map(db.all<ChunkRow>(sql, JSON.stringify(ids)).map((row) => [row.id, chunkOf(row)]));
  return ids.flatMap((id) => found.get(id) ?? []);
}

/** The chunks of one source in order, from the one with this number on. */
export function readChunksOfSource(db: Database, source: number, from = 0): StoredChunk[] {
  const sql = `${SELECT_CHUNK} WHERE c.source = ? AND c.ordinal >= ? ORDER BY c.ordinal`;
  return db.all<ChunkRow>(sql, source, from).map(chunkOf);
}

function chunkOf(row: ChunkRow): StoredChunk {
  return {
    id: row.id,
    path: row.path,
    startLine: row.start_line,
    endLine: row.end_line,
    text: fromStored(row.body),
    language: row.language,
    kind: row.kind,
    symbol: row.symbol === null ? null : fromStored(row.symbol),
    defines: row.defines === null ? [] : (JSON.parse(row.defines) as string[]),
    vectorKey: Buffer.from(row.key).toString("hex"),
    embedText: row.embed === null ? null : fromStored(row.embed),
    session: row.session === null ? null : sessionOf(row, row.session),
  };
}

function sessionOf(row: ChunkRow, sessionId: string): SessionFacts {
  return {
    sessionId,
    project: row.project,
    gitBranch: row.branch,
    cwd: row.cwd,
    role: row.role,
    isSubagent: row.subagent !== 0,
    startedAt: row.started,
    endedAt: row.ended,
    details: JSON.parse(row.details) as Record<string, unknown>,
  };
}

/** Writes a new chunk under an id of its own; `text` is the row of its vector key. */
export function insertChunk(
  db: Database,
  place: { readonly id: number; readonly source: number; readonly ordinal: number; readonly text: number },
  chunk: ChunkRecord,
): void {
  const insert = (sql: string, ...values: SqlValue[]) => db.prepare(sql).run(...values);
  insert(
    "INSERT INTO chunk VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
    place.id,
    place.source,
    place.ordinal,
    place.text,
    chunk.startLine,
    chunk.endLine,
    chunk.language,
    chunk.kind,
    chunk.symbol === null ? null : toStored(chunk.symbol),
    chunk.defines.length === 0 ? null : JSON.stringify(chunk.defines),
  );
  insert(
    "INSERT INTO chunk_text VALUES (?, ?, ?)",
    place.id,
    toStored(chunk.text),
    chunk.embedText === null ? null : toStored(chunk.embedText),
  );
  const { session } = chunk;
  if (session === null) return;
  insert(
    "INSERT INTO exchange VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
    place.id,
    session.sessionId,
    session.project,
    session.gitBranch,
    session.cwd,
    session.role,
    session.isSubagent ? 1 : 0,
    session.startedAt,
    session.endedAt,
    JSON.stringify(session.details),
  );
  noteFiles(db, place.id, session.details);
}

/** Everything of a chunk that a search or an answer can show, but for its lines: equal means nothing to rewrite. */
export function contentOf(chunk: ChunkRecord): string {
  const { vectorKey, language, kind, symbol, defines, text, embedText, session } = chunk;
  const facts = session && [
    session.sessionId,
    session.project,
    session.gitBranch,
    session.cwd,
    session.role,
    session.isSubagent,
    session.startedAt,
    session.endedAt,
    session.details,
  ];
  return JSON.stringify([vectorKey, language, kind, symbol, defines, text, embedText, facts]);
}
