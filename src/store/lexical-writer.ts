import type { Database } from "../sqlite.ts";
import { termsOf } from "../terms.ts";
import { FIELD_WEIGHTS, impactOf } from "./lexical-weights.ts";
import { PostingBuilder, SEGMENT_DOCS, decodeDocs, encodeDocs } from "./posting.ts";

/** A chunk as full text sees it. */
export interface LexicalDocument {
  readonly id: number;
  readonly path: string;
  readonly symbol: string | null;
  readonly defines: readonly string[];
  readonly body: string;
}

/** Terms of identifiers seen before: a project uses the same ones over and over. */
export type TermMemo = Map<string, readonly string[]>;

/**
 * Adds documents to the full text, whose segments are filled one after the other. Inside a transaction; ids must rise
 * from call to call. `memo` is kept between calls by whoever makes many.
 */
export function addDocuments(
  db: Database,
  revision: number,
  documents: readonly LexicalDocument[],
  memo: TermMemo,
): void {
  let last = db.get<{ base: number; docs: Uint8Array }>("SELECT base, docs FROM segment ORDER BY base DESC LIMIT 1");
  for (let from = 0; from < documents.length;) {
    const first = documents[from];
    if (first === undefined) break;
    const known = last === undefined ? new Uint32Array() : decodeDocs(last.docs);
    const open = last !== undefined && known.length < SEGMENT_DOCS ? { base: last.base, known } : null;
    const { base, known: before } = open ?? { base: first.id, known: new Uint32Array() };
    const part = documents.slice(from, from + SEGMENT_DOCS - before.length);
    writePostings(db, base, before.length, part, memo);
    const docs = new Uint32Array(before.length + part.length);
    docs.set(before);
    part.forEach((document, index) => (docs[before.length + index] = document.id));
    const live = docs.reduce((count, id) => count + (id === 0 ? 0 : 1), 0);
    db.run("INSERT OR REPLACE INTO segment VALUES (?, ?, ?, ?)", base, revision, live, encodeDocs(docs));
    from += part.length;
    last = { base, docs: encodeDocs(docs) };
  }
}

/** Takes chunks out of the full text; their postings stay until the segment is compacted. Inside a transaction. */
export function removeDocuments(db: Database, revision: number, ids: readonly number[]): void {
  const rest = ids.toSorted((a, b) => b - a);
  for (let at = 0; at < rest.length;) {
    const row = db.get<{ base: number; docs: Uint8Array }>(
      "SELECT base, docs FROM segment WHERE base <= ? ORDER BY base DESC LIMIT 1",
      rest[at] ?? 0,
    );
    if (row === undefined) return;
    const gone = new Set<number>();
    for (; at < rest.length && (rest[at] ?? 0) >= row.base; at++) gone.add(rest[at] ?? 0);
    const docs = decodeDocs(row.docs).map((id) => (gone.has(id) ? 0 : id));
    const live = docs.reduce((count, id) => count + (id === 0 ? 0 : 1), 0);
    if (live > 0) {
      const sql = "UPDATE segment SET revision = ?, live = ?, docs = ? WHERE base = ?";
      db.run(sql, revision, live, encodeDocs(docs), row.base);
    } else {
      db.run("DELETE FROM posting WHERE segment = ?", row.base);
      db.run("DELETE FROM segment WHERE base = ?", row.base);
    }
  }
}

function writePostings(
  db: Database,
  base: number,
  firstDoc: number,
  documents: readonly LexicalDocument[],
  memo: TermMemo,
): void {
  const lists = new Map<string, PostingBuilder>();
  documents.forEach((document, index) => {
    const { counts, length } = weightedCounts(document, memo);
    for (const [term, count] of counts) {
      let list = lists.get(term);
      if (list === undefined) lists.set(term, (list = new PostingBuilder()));
      list.add(firstDoc + index, impactOf(count, length));
    }
  });
  // `||` makes a text of two blobs without touching their bytes, hence the cast.
  const append = db.prepare(`INSERT INTO posting VALUES (?, ?, ?)
    ON CONFLICT DO UPDATE SET docs = CAST(docs || excluded.docs AS BLOB)`);
  // In the order of the tree, so that neighbouring terms touch the same page once.
  for (const term of Array.from(lists.keys()).sort())
    append.run(base, term, lists.get(term)?.bytes ?? new Uint8Array());
}

/** How often each term occurs in a chunk, weighted by field, and how many terms its body has. */
export function weightedCounts(
  document: LexicalDocument,
  memo: TermMemo,
): { counts: Map<string, number>; length: number } {
  const counts = new Map<string, number>();
  const add = (terms: readonly string[], weight: number) => {
    for (const term of terms) counts.set(term, (counts.get(term) ?? 0) + weight);
  };
  const body = termsOf(document.body, memo);
  add(body, FIELD_WEIGHTS.body);
  add(termsOf(document.path, memo), FIELD_WEIGHTS.path);
  for (const name of new Set([...document.defines, document.symbol ?? ""]))
    add(termsOf(name, memo), FIELD_WEIGHTS.symbol);
  return { counts, length: body.length };
}
