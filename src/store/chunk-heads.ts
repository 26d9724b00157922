import type { Database } from "../sqlite.ts";
import { fromStored } from "./chunk-rows.ts";
import type { ChunkHead, SessionFacts } from "./index-store.ts";

/** Heads kept in memory, of some 300 bytes each; half of them at least are the ones asked for last. */
const MOST_KEPT = 32_768;

/** What SQLite makes of a row: one text for all rows costs a third of the time that an object for each would. */
type HeadRow = readonly [
  id: number,
  path: string,
  startLine: number,
  endLine: number,
  language: string,
  kind: string,
  symbol: string | null,
  symbolIsHex: number,
  defines: readonly string[] | null,
  session: SessionRow | null,
];

type SessionRow = readonly [
  sessionId: string,
  project: string,
  gitBranch: string | null,
  cwd: string | null,
  role: string,
  isSubagent: number,
  startedAt: number,
  endedAt: number,
  details: SessionFacts["details"],
];

/** A symbol that holds a NUL is stored as bytes, which JSON cannot carry. */
const SELECT_HEADS = `
  SELECT json_group_array(json_array(c.id, s.path, c.start_line, c.end_line, c.language, c.kind,
    iif(typeof(c.symbol) = 'blob', hex(c.symbol), c.symbol), typeof(c.symbol) = 'blob', json(c.defines),
    (SELECT json_array(e.session, e.project, e.branch, e.cwd, e.role, e.subagent, e.started, e.ended, json(e.details))
      FROM exchange e WHERE e.chunk = c.id))) AS rows
  FROM chunk c JOIN source s ON s.id = c.source WHERE c.id IN (SELECT value FROM json_each(?))`;

/** Chunks without their texts, as ranking reads them by the hundred; those asked for lately stay in memory. */
export class ChunkHeads {
  readonly #db: Database;
  readonly #mostKept: number;
  #revision = -1;
  /** Asked for since the last time that half of the room was taken, and in the time before. */
  #recent = new Map<number, ChunkHead>();
  #before = new Map<number, ChunkHead>();

  /** `mostKept` bounds how many stay in memory. */
  constructor(db: Database, mostKept = MOST_KEPT) {
    this.#db = db;
    this.#mostKept = mostKept;
  }

  /** The heads of these chunks in the order asked, without those that are gone. In a read transaction of `revision`. */
  read(ids: readonly number[], revision: number): ChunkHead[] {
    if (revision !== this.#revision) {
      this.#recent.clear();
      this.#before.clear();
      this.#revision = revision;
    }
    const found = new Map<number, ChunkHead>();
    const missing: number[] = [];
    for (const id of ids) {
      const known = this.#recent.get(id) ?? this.#before.get(id);
      if (known === undefined) missing.push(id);
      else found.set(id, known);
    }
    if (missing.length > 0) for (const head of readHeads(this.#db, missing)) found.set(head.id, head);
    for (const [id, head] of found) this.#keep(id, head);
    return ids.flatMap((id) => found.get(id) ?? []);
  }

  #keep(id: number, head: ChunkHead): void {
    this.#recent.set(id, head);
    if (this.#recent.size < this.#mostKept / 2) return;
    this.#before = this.#recent;
    this.#recent = new Map();
  }
}

function readHeads(db: Database, ids: readonly number[]): ChunkHead[] {
  const rows = db.get<{ rows: string }>(SELECT_HEADS, JSON.stringify(ids))?.rows ?? "[]";
  return (JSON.parse(rows) as HeadRow[]).map(headOf);
}

function headOf([id, path, startLine, endLine, language, kind, symbol, isHex, defines, session]: HeadRow): ChunkHead {
  return {
    id,
    path,
    startLine,
    endLine,
    language,
    kind,
    symbol: symbol !== null && isHex !== 0 ? fromStored(Buffer.from(symbol, "hex")) : symbol,
    defines: defines ?? [],
    session: session === null ? null : sessionOf(session),
  };
}

function sessionOf(row: SessionRow): SessionFacts {
  const [sessionId, project, gitBranch, cwd, role, isSubagent, startedAt, endedAt, details] = row;
  return { sessionId, project, gitBranch, cwd, role, isSubagent: isSubagent !== 0, startedAt, endedAt, details };
}
