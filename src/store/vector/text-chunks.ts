import type { Database } from "../../sqlite.ts";
import type { Candidate } from "../index-store.ts";
import { Kept } from "../kept.ts";

/** Texts whose chunks are kept in memory, of some 60 bytes each. */
const MOST_KEPT = 200_000;

/** Which chunks have which text, read when first asked for. */
export class TextChunks {
  readonly #db: Database;
  readonly #kept: Kept<number, readonly number[]>;
  #revision = -1;

  /** `mostKept` bounds how many texts stay in memory. */
  constructor(db: Database, mostKept = MOST_KEPT) {
    this.#db = db;
    this.#kept = new Kept(mostKept);
  }

  /** Forgets what is of another revision; `revision` is the database's, read in the same transaction. */
  refresh(revision: number): void {
    if (revision === this.#revision) return;
    this.#kept.clear();
    this.#revision = revision;
  }

  /**
   * Chunks of the texts, best first; a text that several chunks share gives each of them its score, and a chunk with
   * several of the texts has the score of the best. In a read transaction, after `refresh`.
   */
  of(texts: readonly Candidate[]): Candidate[] {
    const best = new Map<number, Candidate>();
    const take = (chunks: readonly number[], text: number, score: number) => {
      for (const id of chunks)
        if ((best.get(id)?.score ?? Number.NEGATIVE_INFINITY) < score) best.set(id, { id, score, text });
    };
    const missing = new Map<number, number>();
    for (const { id, score } of texts) {
      const chunks = this.#kept.get(id);
      if (chunks === undefined) missing.set(id, score);
      else take(chunks, id, score);
    }
    if (missing.size > 0)
      for (const [text, chunks] of this.#read([...missing.keys()])) take(chunks, text, missing.get(text) ?? 0);
    return Array.from(best.values()).sort((a, b) => b.score - a.score || a.id - b.id);
  }

  #read(texts: readonly number[]): ReadonlyMap<number, readonly number[]> {
    // One JSON text for all rows is read in half the time of as many objects.
    const row = this.#db.get<{ pairs: string }>(
      `SELECT json_group_array(json_array(chunk, text)) AS pairs FROM meaning
        WHERE text IN (SELECT value FROM json_each(?))`,
      JSON.stringify(texts),
    );
    const found = new Map<number, number[]>(texts.map((text) => [text, []]));
    for (const [chunk, text] of JSON.parse(row?.pairs ?? "[]") as [chunk: number, text: number][]) {
      found.get(text)?.push(chunk);
    }
    for (const [text, chunks] of found) this.#kept.set(text, chunks);
    return found;
  }
}
