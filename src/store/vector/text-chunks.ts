import type { Database } from "../../sqlite.ts";
import type { Candidate } from "../index-store.ts";
import { Kept } from "../kept.ts";

/** Texts of several chunks, or of none, that are kept in memory, of some 60 bytes each. */
const MOST_KEPT = 200_000;

/** Which chunks have which text, read when first asked for; most texts have one, which is kept in four bytes. */
export class TextChunks {
  readonly #db: Database;
  /** By text: its only chunk; 0 where there are others, or none was read. */
  #only = new Int32Array(1024);
  readonly #several: Kept<number, readonly number[]>;
  #revision = -1;

  /** `mostKept` bounds how many texts of several chunks stay in memory. */
  constructor(db: Database, mostKept = MOST_KEPT) {
    this.#db = db;
    this.#several = new Kept(mostKept);
  }

  /** Forgets what is of another revision; `revision` is the database's, read in the same transaction. */
  refresh(revision: number): void {
    if (revision === this.#revision) return;
    this.#only.fill(0);
    this.#several.clear();
    this.#revision = revision;
  }

  /**
   * Chunks of the texts, best first; a text that several chunks share gives each of them its score, and a chunk with
   * several of the texts has the score of the best. In a read transaction, after `refresh`.
   */
  of(texts: readonly Candidate[]): Candidate[] {
    const best = new Map<number, Candidate>();
    const take = (id: number, text: number, score: number) => {
      const known = best.get(id);
      if (known === undefined || known.score < score) best.set(id, { id, score, text });
    };
    const missing = new Map<number, number>();
    for (const { id: text, score } of texts) {
      const only = this.#only[text] ?? 0;
      if (only > 0) {
        take(only, text, score);
        continue;
      }
      const chunks = this.#several.get(text);
      if (chunks === undefined) missing.set(text, score);
      else for (const id of chunks) take(id, text, score);
    }
    if (missing.size > 0)
      for (const [text, chunks] of this.#read([...missing.keys()]))
        for (const id of chunks) take(id, text, missing.get(text) ?? 0);
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
    for (const [text, chunks] of found) this.#keep(text, chunks);
    return found;
  }

  #keep(text: number, chunks: readonly number[]): void {
    const [only] = chunks;
    if (only === undefined || chunks.length > 1) return this.#several.set(text, chunks);
    if (text >= this.#only.length) {
      const larger = new Int32Array(2 * text);
      larger.set(this.#only);
      this.#only = larger;
    }
    this.#only[text] = only;
  }
}
