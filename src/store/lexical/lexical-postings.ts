import type { Database } from "../../sqlite.ts";
import type { Word } from "./lexical-clauses.ts";
import type { Segment } from "./lexical-segments.ts";
import { POSTING_BYTES, docAt } from "./posting.ts";
import type { PostingCache } from "./posting-cache.ts";
import { NO_POSTINGS, type PostingList, denseList } from "./posting-list.ts";

/** Words that begin alike and are taken together, per segment: a short prefix would else read the whole index. */
const MOST_EXPANSIONS = 64;

/** The postings of all words: per word, per segment, in the order of both; empty where a word does not occur. */
export function readPostings(
  db: Database,
  cache: PostingCache,
  segments: readonly Segment[],
  words: readonly Word[],
): PostingList[][] {
  const allBegun = (prefix: string) => segments.map((segment) => readPrefix(db, segment, prefix));
  return words.map(({ text, prefix, begun }) => {
    if (prefix) return allBegun(text);
    const lists = cache.read(text, segments);
    return begun === undefined || lists.some(({ count }) => count > 0) ? lists : allBegun(begun);
  });
}

function readPrefix(db: Database, { base, docs }: Segment, prefix: string): PostingList {
  const rows = db.all<{ docs: Uint8Array }>(
    "SELECT docs FROM posting WHERE segment = ? AND term >= ? AND term < ? LIMIT ?",
    base,
    prefix,
    `${prefix}\u{10FFFF}`,
    MOST_EXPANSIONS,
  );
  if (rows.length === 0) return NO_POSTINGS;
  const best = new Uint8Array(docs.length);
  for (const { docs: stored } of rows) {
    for (let at = 0; at < stored.length; at += POSTING_BYTES) {
      const doc = docAt(stored, at);
      best[doc] = Math.max(best[doc] ?? 0, stored[at + 2] ?? 0);
    }
  }
  return denseList(best);
}
