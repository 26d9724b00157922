import type { Database } from "../sqlite.ts";
import type { Word } from "./lexical-clauses.ts";
import { POSTING_BYTES, PostingBuilder, SEGMENT_DOCS } from "./posting.ts";

/** What one word has in one segment. */
export interface Postings {
  readonly word: number;
  readonly bytes: Uint8Array;
}

/** Words that begin alike and are taken together, per segment: a short prefix would else read the whole index. */
const MOST_EXPANSIONS = 64;

/** Reads the postings of all words; per segment (by its base), in the order of the words. */
export function readPostings(db: Database, bases: readonly number[], words: readonly Word[]): Map<number, Postings[]> {
  const found = new Map<number, Postings[]>();
  const add = (base: number, postings: Postings) => {
    const list = found.get(base);
    if (list === undefined) found.set(base, [postings]);
    else list.push(postings);
  };
  readExact(db, bases, words, add);
  words.forEach((word, index) => {
    if (word.prefix) for (const base of bases) readPrefix(db, base, word.text, index, add);
  });
  for (const list of found.values()) list.sort((a, b) => a.word - b.word);
  return found;
}

type Add = (base: number, postings: Postings) => void;

function readExact(db: Database, bases: readonly number[], words: readonly Word[], add: Add): void {
  const positions = new Map<string, number>();
  words.forEach((word, index) => {
    if (!word.prefix) positions.set(word.text, index);
  });
  const rows = db.all<{ segment: number; term: string; docs: Uint8Array }>(
    `SELECT segment, term, docs FROM posting
      WHERE segment IN (SELECT value FROM json_each(?)) AND term IN (SELECT value FROM json_each(?))`,
    JSON.stringify(bases),
    JSON.stringify(Array.from(positions.keys())),
  );
  for (const { segment, term, docs } of rows) add(segment, { word: positions.get(term) ?? 0, bytes: docs });
}

function readPrefix(db: Database, base: number, prefix: string, word: number, add: Add): void {
  const rows = db.all<{ docs: Uint8Array }>(
    "SELECT docs FROM posting WHERE segment = ? AND term >= ? AND term < ? LIMIT ?",
    base,
    prefix,
    `${prefix}\u{10FFFF}`,
    MOST_EXPANSIONS,
  );
  if (rows.length === 0) return;
  const best = new Uint8Array(SEGMENT_DOCS);
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
  add(base, { word, bytes: merged.bytes });
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
