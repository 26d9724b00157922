import type { Database } from "../sqlite.ts";
import type { StoreStats } from "./index-store.ts";
import { numberOf } from "./meta.ts";

/** Sources named per reason for which they were skipped. */
const EXAMPLES = 5;

/** Counts what is in the index. In a read transaction. */
export function readStats(db: Database): StoreStats {
  const count = (sql: string) => db.get<{ n: number }>(`SELECT ${sql}`)?.n ?? 0;
  const texts = count("count(DISTINCT text) AS n FROM chunk");
  const reasons = db.all<{ reason: string; count: number }>(
    "SELECT skipped AS reason, count(*) AS count FROM source WHERE skipped IS NOT NULL GROUP BY 1 ORDER BY 2 DESC, 1",
  );
  return {
    files: count("count(*) AS n FROM source WHERE skipped IS NULL"),
    chunks: count("count(*) AS n FROM chunk"),
    texts,
    embedded: numberOf(db, "space") === null ? 0 : texts - count("count(*) AS n FROM pending"),
    skipped: reasons.map(({ reason, count: skipped }) => ({ reason, count: skipped, examples: examples(db, reason) })),
    bytes: count("page_count * page_size AS n FROM pragma_page_count, pragma_page_size"),
    updatedAt: numberOf(db, "updatedAt"),
  };
}

function examples(db: Database, reason: string): string[] {
  return db
    .all<{ path: string }>("SELECT path FROM source WHERE skipped = ? ORDER BY path LIMIT ?", reason, EXAMPLES)
    .map(({ path }) => path);
}
