import type { Database, SqlValue } from "../sqlite.ts";
import { fromStored } from "./chunk-rows.ts";
import type { ChunkHead, SessionFacts } from "./index-store.ts";
import { Kept } from "./kept.ts";

/** Heads kept in memory, of some 300 bytes each; half of them for certain. */
const MOST_KEPT = 200_000;

/** Heads read at a time when all are. */
const SLICE = 1024;

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
const SELECT = `
  SELECT json_group_array(json_array(c.id, s.path, c.start_line, c.end_line, c.language, c.kind,
    iif(typeof(c.symbol) = 'blob', hex(c.symbol), c.symbol), typeof(c.symbol) = 'blob', json(c.defines),
    (SELECT json_array(e.session, e.project, e.branch, e.cwd, e.role, e.subagent, e.started, e.ended, json(e.details))
      FROM exchange e WHERE e.chunk = c.id))) AS rows
  FROM chunk c JOIN source s ON s.id = c.source WHERE c.id`;
const SELECT_HEADS = `${SELECT} IN (SELECT value FROM json_each(?))`;
const SELECT_SLICE = `${SELECT} IN (SELECT id FROM chunk WHERE id > ? ORDER BY id LIMIT ${SLICE})`;

/** Chunks without their texts, as ranking reads them by the hundred; those asked for lately stay in memory. */
export class ChunkHeads {
  readonly #db: Database;
  readonly #kept: Kept<number, ChunkHead>;
  /** Paths, languages and kinds, which many chunks have in common. */
  readonly #texts: Kept<string, string>;
  readonly #mostKept: number;
  #revision = -1;
  /** How many were read one by one since the index changed, and the last one that was read with all others. */
  #asked = 0;
  #warmed = 0;

  /** `mostKept` bounds how many stay in memory. */
  constructor(db: Database, mostKept = MOST_KEPT) {
    this.#db = db;
    this.#mostKept = mostKept;
    this.#kept = new Kept(mostKept);
    this.#texts = new Kept(mostKept);
  }

  /** The heads of these chunks in the order asked, without those that are gone. In a read transaction of `revision`. */
  read(ids: readonly number[], revision: number): ChunkHead[] {
    if (revision !== this.#revision) {
      this.#kept.clear();
      this.#revision = revision;
      this.#asked = 0;
      this.#warmed = 0;
    }
    const heads: ChunkHead[] = [];
    const missing: number[] = [];
    for (const id of ids) {
      const known = this.#kept.get(id);
      if (known === undefined) missing.push(id);
      else heads.push(known);
    }
    if (missing.length === 0) return heads;
    const found = new Map(heads.map((head) => [head.id, head]));
    for (const head of this.#keep(readRows(this.#db, SELECT_HEADS, JSON.stringify(missing)))) found.set(head.id, head);
    this.#asked += missing.length;
    this.#warm();
    return ids.flatMap((id) => found.get(id) ?? []);
  }

  /**
   * Reads all heads, a slice with each call, once an eighth of them was asked for and if all have room: one by one they
   * take twice as long, and hundreds of searches would wait for some of them.
   */
  #warm(): void {
    if (this.#warmed === Infinity) return;
    // Ids rise from 1 and are seldom given up, so the last one is near to how many there are.
    const total = this.#db.get<{ last: number | null }>("SELECT max(id) AS last FROM chunk")?.last ?? 0;
    if (8 * this.#asked < total || 2 * total > this.#mostKept) return;
    const heads = this.#keep(readRows(this.#db, SELECT_SLICE, this.#warmed));
    this.#warmed = heads.length < SLICE ? Infinity : Math.max(...heads.map(({ id }) => id));
  }

  /** Keeps what is not kept yet. */
  #keep(rows: readonly HeadRow[]): ChunkHead[] {
    return rows.map((row) => {
      const known = this.#kept.get(row[0]);
      if (known !== undefined) return known;
      const head = headOf(row, this.#shared);
      this.#kept.set(head.id, head);
      return head;
    });
  }

  readonly #shared = (text: string): string => {
    const known = this.#texts.get(text);
    if (known === undefined) this.#texts.set(text, text);
    return known ?? text;
  };
}

function readRows(db: Database, sql: string, value: SqlValue): HeadRow[] {
  const rows = db.get<{ rows: string }>(sql, value)?.rows ?? "[]";
  return JSON.parse(rows) as HeadRow[];
}

/** `shared` gives of equal texts the same one. */
function headOf(row: HeadRow, shared: (text: string) => string): ChunkHead {
  const [id, path, startLine, endLine, language, kind, symbol, isHex, defines, session] = row;
  return {
    id,
    path: shared(path),
    startLine,
    endLine,
    language: shared(language),
    kind: shared(kind),
    symbol: symbol !== null && isHex !== 0 ? fromStored(Buffer.from(symbol, "hex")) : symbol,
    defines: defines ?? NO_NAMES,
    session: session === null ? null : sessionOf(session),
  };
}

const NO_NAMES: readonly string[] = [];

function sessionOf(row: SessionRow): SessionFacts {
  const [sessionId, project, gitBranch, cwd, role, isSubagent, startedAt, endedAt, details] = row;
  return { sessionId, project, gitBranch, cwd, role, isSubagent: isSubagent !== 0, startedAt, endedAt, details };
}
