import type { Database } from "../sqlite.ts";
import type { Word } from "./lexical-clauses.ts";
import type { Segment } from "./lexical-segments.ts";
import { POSTING_BYTES, PostingBuilder, SEGMENT_DOCS } from "./posting.ts";
import type { PostingCache } from "./posting-cache.ts";

/** Words that begin alike and are taken together, per segment: a short prefix would else read the whole index. */
const MOST_EXPANSIONS = 64;

/** The postings of all words: per word, per segment, in the order of both; empty where a word does not occur. */
export function readPostings(
  db: Database,
  cache: PostingCache,
  segments: readonly Segment[],
  words: readonly Word[],
): Uint8Array[][] {
  return words.map(({ text, prefix }) =>
    prefix ? segments.map(({ base }) => readPrefix(db, base, text)) : cache.read(text, segments),
  );
}

function readPrefix(db: Database, base: number, prefix: string): Uint8Array {
  const rows = db.all<{ docs: Uint8Array }>(
    "SELECT docs FROM posting WHERE segment = ? AND term >= ? AND term < ? LIMIT ?",
    base,
    prefix,
    `${prefix}\u{10FFFF}`,
    MOST_EXPANSIONS,
  );
  const best = new Uint8Array(rows.length === 0 ? 0 : SEGMENT_DOCS);
  for (const { docs } of rows) {
    for (let at = 0; at < docs.length; at += POSTING_BYTES) {
      const doc = docAt(docs, at);
      best[doc] = Math.max(best[doc] ?? 0, docs[at + 2] ?? 0);
    }
  }
  const merged = new PostingBuilder();
  best.forEach((impact, doc) => {
    if (impact > 0) merged.add(doc, impact);
  });
  return merged.bytes;
}

/** The document number of the posting that begins at this byte. */
export function docAt(bytes: Uint8Array, at: number): number {
  return (bytes[at] ?? 0) | ((bytes[at + 1] ?? 0) << 8);
}

/** The impact of a document in a posting list; 0 when it is not in it. */
export function impactIn(bytes: Uint8Array, doc: number): number {
  let low = 0;
  let high = bytes.length / POSTING_BYTES - 1;
  while (low <= high) {
    const middle = (low + high) >> 1;
    const at = middle * POSTING_BYTES;
    const here = docAt(bytes, at);
    if (here === doc) return bytes[at + 2] ?? 0;
    if (here < doc) low = middle + 1;
    else high = middle - 1;
  }
  return 0;
}
