import type { SessionSummary, SourceState, TranscriptStamps } from "./index-store.ts";
import type { Database } from "../sqlite.ts";

interface SourceRow {
  readonly path: string;
  readonly size: number;
  readonly mtime: number;
  readonly inode: number;
  readonly hash: string;
  readonly language: string;
  readonly chunker: string;
  readonly skipped: string | null;
  readonly session: string | null;
  readonly resume?: string | null;
}

const COLUMNS = "path, size, mtime, inode, hash, language, chunker, skipped, session";

/** All sources by path, without what only an importer needs. */
export function readSources(db: Database): Map<string, SourceState> {
  const sources = new Map<string, SourceState>();
  for (const row of db.iterate<SourceRow>(`SELECT ${COLUMNS} FROM source`)) sources.set(row.path, stateOf(row));
  return sources;
}

/**
 * All conversation logs as far as a change is seen by it; the index `source_log` holds no more than that. Handing over
 * thousands of rows takes several times as long as reading them: each column comes as one text.
 */
export function readTranscriptStamps(db: Database): TranscriptStamps[] {
  type Row = [string, string | null, string, string, string, string];
  const numbers = ["size", "mtime * 1000", "inode"].map((of) => `json_group_array(CAST(${of} AS INTEGER))`);
  const rows = db.arrays<Row>(
    `SELECT chunker, skipped, json_group_array(path), ${numbers.join()} FROM source WHERE language = 'conversation'
      GROUP BY chunker, skipped`,
  );
  return rows.map(([chunker, skipped, paths, sizes, mtimes, inodes]) => ({
    chunker,
    skipped,
    paths: JSON.parse(paths) as string[],
    sizes: JSON.parse(sizes) as number[],
    mtimes: JSON.parse(mtimes) as number[],
    inodes: JSON.parse(inodes) as number[],
  }));
}

/** The state of a source with where reading it goes on; null where it is not known. */
export function readSource(db: Database, path: string): SourceState | null {
  const row = db.get<SourceRow>(`SELECT ${COLUMNS}, resume FROM source WHERE path = ?`, path);
  return row === undefined ? null : { ...stateOf(row), resume: row.resume ?? null };
}

/** The id of a source; null where it is not known. */
export function sourceId(db: Database, path: string): number | null {
  return db.get<{ id: number }>("SELECT id FROM source WHERE path = ?", path)?.id ?? null;
}

function stateOf(row: SourceRow): SourceState {
  return {
    path: row.path,
    size: row.size,
    mtimeMs: row.mtime,
    inode: row.inode,
    hash: row.hash,
    language: row.language,
    chunker: row.chunker,
    skipped: row.skipped,
    session: row.session === null ? null : (JSON.parse(row.session) as SessionSummary),
  };
}

/**
 * Writes a source's state and returns its row id, which it keeps from state to state. What the state leaves out
 * (`session`, `resume`) stays as it was.
 */
export function writeSource(db: Database, state: SourceState): number {
  const row = db
    .prepare(
      `INSERT INTO source (${COLUMNS}, resume) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
      ON CONFLICT (path) DO UPDATE SET size = excluded.size, mtime = excluded.mtime, inode = excluded.inode,
        hash = excluded.hash, language = excluded.language, chunker = excluded.chunker, skipped = excluded.skipped,
        session = iif(?11, excluded.session, session), resume = iif(?12, excluded.resume, resume)
      RETURNING id`,
    )
    .get(
      state.path,
      state.size,
      state.mtimeMs,
      state.inode,
      state.hash,
      state.language,
      state.chunker,
      state.skipped,
      state.session ? JSON.stringify(state.session) : null,
      state.resume ?? null,
      state.session === undefined ? 0 : 1,
      state.resume === undefined ? 0 : 1,
    ) as { readonly id: number };
  return row.id;
}
