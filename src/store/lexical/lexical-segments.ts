import type { Database } from "../../sqlite.ts";
import { decodeDocs } from "./posting.ts";

export interface Segment {
  readonly base: number;
  readonly revision: number;
  /** Chunk ids by document number; 0 where the chunk is gone. */
  readonly docs: Uint32Array;
  /** How many of them are still there. */
  readonly live: number;
}

/** Which documents there are, kept in memory and brought up to date with the database before each search. */
export class Segments {
  readonly #db: Database;
  #revision = -1;
  #all: readonly Segment[] = [];
  #live = 0;

  constructor(db: Database) {
    this.#db = db;
  }

  get live(): number {
    return this.#live;
  }

  /** In the order of their bases. */
  get all(): readonly Segment[] {
    return this.#all;
  }

  /** Where a chunk is: its segment's position in `all` and its document number. */
  locate(id: number): { readonly segment: number; readonly doc: number } | null {
    // Ids rise from segment to segment, and each begins with its base.
    const segment = this.#all.findLastIndex(({ base }) => base <= id);
    const doc = this.#all[segment]?.docs.indexOf(id) ?? -1;
    return doc === -1 ? null : { segment, doc };
  }

  /** Reads what changed since the last call; `revision` is the database's, read in the same transaction. */
  refresh(revision: number): void {
    if (revision === this.#revision) return;
    const known = new Map(this.#all.map((segment) => [segment.base, segment]));
    const rows = this.#db.all<{ base: number; revision: number }>("SELECT base, revision FROM segment ORDER BY base");
    this.#all = rows.map((row) => {
      const segment = known.get(row.base);
      return segment?.revision === row.revision ? segment : this.#load(row.base, row.revision);
    });
    this.#live = this.#all.reduce((sum, { live }) => sum + live, 0);
    this.#revision = revision;
  }

  #load(base: number, revision: number): Segment {
    const sql = "SELECT live, docs FROM segment WHERE base = ?";
    const row = this.#db.get<{ live: number; docs: Uint8Array }>(sql, base);
    return { base, revision, docs: decodeDocs(row?.docs ?? new Uint8Array()), live: row?.live ?? 0 };
  }
}
