import { hash } from "node:crypto";
import { stat } from "node:fs/promises";
import { messageOf } from "../errors.ts";
import type { Logger } from "../log.ts";
import { openOrRebuild } from "../sqlite.ts";
import type { Database } from "../sqlite.ts";

/** A vector, and what is told of its text along with it. */
export interface CachedVector {
  readonly vector: Float32Array;
  /** 0 where the provider does not say. */
  readonly tokens: number;
  /** In how many windows the text was embedded. */
  readonly windows: number;
  /** Whether what exceeds the model's limit was left out. */
  readonly truncated: boolean;
}

/** Vectors by content, shared by all workspaces and services of this home. */
export interface VectorCache extends Disposable {
  /** What is known of each key, in order. */
  get(keys: readonly Uint8Array[]): (CachedVector | null)[];
  put(entries: readonly (CachedVector & { readonly key: Uint8Array })[]): void;
  stats(): { readonly entries: number; readonly hits: number; readonly misses: number };
}

export interface VectorCacheOptions {
  readonly file: string;
  /** The file is kept below this by dropping what was not used for longest. */
  readonly limitBytes: number;
  readonly log: Logger;
  /** Milliseconds since the epoch; handed in by tests. */
  readonly now?: () => number;
}

// Not WITHOUT ROWID: there a row of this size would spill into an overflow page of its own.
const MIGRATIONS = [
  `CREATE TABLE vectors (
     key BLOB NOT NULL UNIQUE,
     day INTEGER NOT NULL,
     tokens INTEGER NOT NULL,
     vector BLOB NOT NULL
   );
   CREATE INDEX vectors_by_day ON vectors (day);`,
  // Negative where the text was truncated: what was true of the answer is true of the one from the cache.
  "ALTER TABLE vectors ADD COLUMN windows INTEGER NOT NULL DEFAULT 1;",
];

const DAY_MS = 86_400_000;
/** How many entries come in between two looks at the size. */
const CHECK_EVERY = 2_000;
/** Share of the entries that goes when the limit is passed. */
const EVICTED_SHARE = 0.2;

/** Content address of a text's vector: the vector space, how the text is treated, and the text itself. */
export function vectorCacheKey(fingerprint: string, treatment: string, text: string): Uint8Array {
  return hash("sha256", `${fingerprint}\0${treatment}\0${text}`, "buffer");
}

/**
 * Opens the cache, or starts a new one where the old is damaged. Vectors are kept as they were computed, in full: an
 * answer from the cache is bit for bit the answer that was given. A disk that fails or fills up costs speed, no answer.
 */
export async function openVectorCache(options: VectorCacheOptions): Promise<VectorCache> {
  const { file, limitBytes, log, now = Date.now } = options;
  const database = await openOrRebuild(file, { migrations: MIGRATIONS, cacheMb: 4 }, log);
  let hits = 0;
  let misses = 0;
  let sinceCheck = CHECK_EVERY;
  let broken = false;

  const guarded = <Result>(otherwise: Result, work: () => Result): Result => {
    if (!database.isOpen) return otherwise;
    try {
      return work();
    } catch (error) {
      if (!broken) log.warn("The vector cache cannot be used; going on without it.", { cause: messageOf(error) });
      broken = true;
      return otherwise;
    }
  };
  const today = () => Math.floor(now() / DAY_MS);

  const get: VectorCache["get"] = (keys) =>
    guarded(
      keys.map(() => null),
      () => {
        const select = database.prepare("SELECT day, tokens, windows, vector FROM vectors WHERE key = ?");
        const found = keys.map((key) => select.get(key) as Row | undefined);
        const old = keys.filter((_, index) => (found[index]?.day ?? today()) < today());
        // Reading must not write each time, so use is remembered to the day.
        if (old.length > 0) guarded(undefined, () => touch(database, old, today()));
        const here = found.filter((row) => row !== undefined).length;
        hits += here;
        misses += found.length - here;
        return found.map((row) => (row === undefined ? null : fromRow(row)));
      },
    );

  return {
    get,
    put: (entries) =>
      guarded(undefined, () => {
        const day = today();
        database.transaction(() => {
          const insert = database.prepare(INSERT);
          for (const { key, vector, tokens, windows, truncated } of entries) {
            insert.run(key, day, tokens, toBytes(vector), truncated ? -windows : windows);
          }
        });
        sinceCheck += entries.length;
        if (sinceCheck < CHECK_EVERY) return;
        sinceCheck = 0;
        evict(database, limitBytes);
      }),
    stats: () => ({ entries: guarded(0, () => count(database)), hits, misses }),
    [Symbol.dispose]: () => database.close(),
  };
}

/** Size of the cache on disk in bytes; 0 where there is none. */
export async function vectorCacheBytes(file: string): Promise<number> {
  return stat(file).then(
    ({ size }) => size,
    () => 0,
  );
}

/**
 * Looks the texts up, has the missing ones computed (each distinct one once), keeps what was computed, and returns all
 * in order. Without a cache everything is computed.
 */
export async function throughCache<Computed extends CachedVector>(
  cache: VectorCache | null,
  texts: readonly string[],
  keyOf: (text: string) => Uint8Array,
  compute: (missing: readonly string[]) => Promise<Computed[]>,
): Promise<(CachedVector | Computed)[]> {
  if (cache === null && texts.length === 1) return compute(texts);
  const distinct = [...new Set(texts)];
  const keys = cache === null ? [] : distinct.map(keyOf);
  const byText = new Map<string, CachedVector | Computed>();
  const missing: string[] = [];
  const missingKeys: (Uint8Array | undefined)[] = [];
  const known = cache?.get(keys);
  for (const [index, text] of distinct.entries()) {
    const hit = known?.[index];
    if (hit) byText.set(text, hit);
    else missingKeys[missing.push(text) - 1] = keys[index];
  }
  const computed = missing.length === 0 ? [] : await compute(missing);
  const fresh: (CachedVector & { readonly key: Uint8Array })[] = [];
  for (const [index, text] of missing.entries()) {
    const [answer, key] = [computed[index], missingKeys[index]];
    if (answer === undefined) continue;
    byText.set(text, answer);
    if (key !== undefined) fresh.push({ ...answer, key });
  }
  if (fresh.length > 0) cache?.put(fresh);
  return texts.flatMap((text) => byText.get(text) ?? []);
}

const INSERT = "INSERT OR REPLACE INTO vectors (key, day, tokens, vector, windows) VALUES (?, ?, ?, ?, ?)";

interface Row {
  readonly day: number;
  readonly tokens: number;
  readonly windows: number;
  readonly vector: Uint8Array;
}

function fromRow({ vector, tokens, windows }: Row): CachedVector {
  return { vector: toFloats(vector), tokens, windows: Math.abs(windows), truncated: windows < 0 };
}

function touch(database: Database, keys: readonly Uint8Array[], day: number): void {
  database.transaction(() => {
    for (const key of keys) database.run("UPDATE vectors SET day = ? WHERE key = ?", day, key);
  });
}

function count(database: Database): number {
  return database.get<{ entries: number }>("SELECT count(*) AS entries FROM vectors")?.entries ?? 0;
}

function evict(database: Database, limitBytes: number): void {
  const pages = (pragma: string) => Number(Object.values(database.get<object>(`PRAGMA ${pragma}`) ?? {})[0] ?? 0);
  const used = (pages("page_count") - pages("freelist_count")) * pages("page_size");
  if (used <= limitBytes) return;
  // Freed pages are used again by what comes next, so the file does not grow past the limit.
  const victims = Math.ceil(count(database) * Math.max(EVICTED_SHARE, 1 - limitBytes / used));
  database.run("DELETE FROM vectors WHERE rowid IN (SELECT rowid FROM vectors ORDER BY day LIMIT ?)", victims);
}

function toBytes(vector: Float32Array): Uint8Array {
  return new Uint8Array(vector.buffer, vector.byteOffset, vector.byteLength);
}

function toFloats(bytes: Uint8Array): Float32Array {
  // Copied: what the database hands out need not be aligned.
  return new Float32Array(new Uint8Array(bytes).buffer);
}
