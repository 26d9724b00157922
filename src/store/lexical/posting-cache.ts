import type { Database } from "../../sqlite.ts";
import type { Segment } from "./lexical-segments.ts";
import { NO_POSTINGS, type PostingList, listOf } from "./posting-list.ts";

/**
 * Memory for the postings of words asked for lately: at least so much, and in large indexes so much per chunk, where a
 * frequent word takes a byte per chunk.
 */
const LEAST_BYTES = 24_000_000;
const BYTES_PER_CHUNK = 64;

/** What an entry costs beside its bytes, roughly. */
const ENTRY_BYTES = 100;

interface Entry {
  /** The segment's revision that the list is of. */
  readonly revision: number;
  readonly list: PostingList;
}

/** Posting lists of exact words, read from the database where they are not in memory or have changed. */
export class PostingCache {
  readonly #db: Database;
  /** By word, least lately used first; then by the segment's base. */
  readonly #words = new Map<string, Map<number, Entry>>();
  #size = 0;

  constructor(db: Database) {
    this.#db = db;
  }

  /** The word's postings in each of the segments (in their order); empty where it does not occur. */
  read(word: string, segments: readonly Segment[]): PostingList[] {
    const known = this.#words.get(word) ?? new Map<number, Entry>();
    this.#words.delete(word);
    this.#words.set(word, known);
    const missing = segments.filter(({ base, revision }) => known.get(base)?.revision !== revision);
    if (missing.length > 0) this.#fetch(word, known, missing);
    const lists = segments.map(({ base }) => known.get(base)?.list ?? NO_POSTINGS);
    const chunks = segments.reduce((sum, { docs }) => sum + docs.length, 0);
    this.#shrink(Math.max(LEAST_BYTES, BYTES_PER_CHUNK * chunks));
    return lists;
  }

  #fetch(word: string, known: Map<number, Entry>, segments: readonly Segment[]): void {
    const rows = this.#db.all<{ segment: number; docs: Uint8Array }>(
      "SELECT segment, docs FROM posting WHERE segment IN (SELECT value FROM json_each(?)) AND term = ?",
      JSON.stringify(segments.map(({ base }) => base)),
      word,
    );
    const found = new Map(rows.map(({ segment, docs }) => [segment, docs]));
    for (const { base, revision, docs } of segments) {
      const stored = found.get(base);
      const list = stored === undefined ? NO_POSTINGS : listOf(stored, docs.length);
      const before = known.get(base);
      this.#size += sizeOf(list) - (before === undefined ? 0 : sizeOf(before.list));
      known.set(base, { revision, list });
    }
  }

  #shrink(most: number): void {
    for (const [word, entries] of this.#words) {
      if (this.#size <= most) return;
      for (const { list } of entries.values()) this.#size -= sizeOf(list);
      this.#words.delete(word);
    }
  }
}

function sizeOf({ bytes }: PostingList): number {
  return bytes.length + ENTRY_BYTES;
}
