import type { Database } from "../sqlite.ts";
import type { StoreStats } from "./index-store.ts";
import { numberOf } from "./meta.ts";

/** Sources named per reason for which they were skipped. */
const EXAMPLES = 5;

/** What is in the index, counted once per revision: in a large index that takes longer than a search. */
export class Stats {
  readonly #db: Database;
  #revision = -1;
  #counted: Omit<StoreStats, "bytes"> | undefined;

  constructor(db: Database) {
    this.#db = db;
  }

  /** In a read transaction of `revision`. */
  read(revision: number): StoreStats {
    if (this.#counted === undefined || revision !== this.#revision) {
      this.#counted = count(this.#db);
      this.#revision = revision;
    }
    const sql = "SELECT page_count * page_size AS bytes FROM pragma_page_count, pragma_page_size";
    return { ...this.#counted, bytes: this.#db.get<{ bytes: number }>(sql)?.bytes ?? 0 };
  }
}

function count(db: Database): Omit<StoreStats, "bytes"> {
  const number = (sql: string) => db.get<{ n: number }>(`SELECT ${sql}`)?.n ?? 0;
  const whole = number("count(DISTINCT text) AS n FROM chunk WHERE text > 0");
  const texts = whole + number("count(DISTINCT text) AS n FROM passage");
  const reasons = db.all<{ reason: string; count: number }>(
    "SELECT skipped AS reason, count(*) AS count FROM source WHERE skipped IS NOT NULL GROUP BY 1 ORDER BY 2 DESC, 1",
  );
  return {
    files: number("count(*) AS n FROM source WHERE skipped IS NULL"),
    chunks: number("count(*) AS n FROM chunk"),
    texts,
    embedded: numberOf(db, "space") === null ? 0 : texts - number("count(*) AS n FROM pending"),
    skipped: reasons.map(({ reason, count: skipped }) => ({ reason, count: skipped, examples: examples(db, reason) })),
    updatedAt: numberOf(db, "updatedAt"),
  };
}

function examples(db: Database, reason: string): string[] {
  return db
    .all<{ path: string }>("SELECT path FROM source WHERE skipped = ? ORDER BY path LIMIT ?", reason, EXAMPLES)
    .map(({ path }) => path);
}
