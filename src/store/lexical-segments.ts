import type { Database } from "../sqlite.ts";
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
  #byBase = new Map<number, Segment>();
  #live = 0;

  constructor(db: Database) {
    this.#db = db;
  }

  get live(): number {
    return this.#live;
  }

  get(base: number): Segment | undefined {
    return this.#byBase.get(base);
  }

  get bases(): number[] {
    return Array.from(this.#byBase.keys());
  }

  /** Where a chunk is: its segment's base and its document number. */
  locate(id: number): { readonly base: number; readonly doc: number } | null {
    for (const { base, docs } of this.#byBase.values()) {
      const doc = docs.indexOf(id);
      if (doc !== -1) return { base, doc };
    }
    return null;
  }

  /** Reads what changed since the last call; `revision` is the database's, read in the same transaction. */
  refresh(revision: number): void {
    if (revision === this.#revision) return;
    const next = new Map<number, Segment>();
    let live = 0;
    for (const { base, changed } of this.#db.all<{ base: number; changed: number }>(
      "SELECT base, revision AS changed FROM segment ORDER BY base",
    )) {
      const known = this.#byBase.get(base);
      const segment = known?.revision === changed ? known : this.#load(base, changed);
      next.set(base, segment);
      live += segment.live;
    }
    this.#byBase = next;
    this.#live = live;
    this.#revision = revision;
  }

  #load(base: number, revision: number): Segment {
    const row = this.#db.get<{ docs: Uint8Array }>("SELECT docs FROM segment WHERE base = ?", base);
    const docs = decodeDocs(row?.docs ?? new Uint8Array());
    return { base, revision, docs, live: docs.reduce((count, id) => count + (id === 0 ? 0 : 1), 0) };
  }
}
