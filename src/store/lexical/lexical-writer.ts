import type { Database } from "../../sqlite.ts";
import { IntList } from "./int-list.ts";
import { impactOf } from "./lexical-weights.ts";
import { POSTING_BYTES, SEGMENT_DOCS, decodeDocs, encodeDocs } from "./posting.ts";
import type { LexicalDocument, TermCounter } from "./term-counter.ts";

/**
 * Adds documents to the full text, whose segments are filled one after the other. Inside a transaction; ids must rise
 * from call to call. `counter` is kept between calls by whoever makes many.
 */
export function addDocuments(
  db: Database,
  revision: number,
  documents: readonly LexicalDocument[],
  counter: TermCounter,
): void {
  let last = db.get<{ base: number; docs: Uint8Array }>("SELECT base, docs FROM segment ORDER BY base DESC LIMIT 1");
  for (let from = 0; from < documents.length;) {
    const first = documents[from];
    if (first === undefined) break;
    const known = last === undefined ? new Uint32Array() : decodeDocs(last.docs);
    const open = last !== undefined && known.length < SEGMENT_DOCS ? { base: last.base, known } : null;
    const { base, known: before } = open ?? { base: first.id, known: new Uint32Array() };
    const part = documents.slice(from, from + SEGMENT_DOCS - before.length);
    writePostings(db, base, before.length, part, counter);
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
  counter: TermCounter,
): void {
  const { terms, bytes, starts } = postingsOf(firstDoc, documents, counter);
  // `||` makes a text of two blobs without touching their bytes, hence the cast.
  const append = db.prepare(`INSERT INTO posting VALUES (?, ?, ?)
    ON CONFLICT DO UPDATE SET docs = CAST(docs || excluded.docs AS BLOB)`);
  for (const [text, number] of terms) {
    const [from = 0, to = 0] = [starts[number], starts[number + 1]];
    append.run(base, text, bytes.subarray(from * POSTING_BYTES, to * POSTING_BYTES));
  }
}

/**
 * The posting lists of documents, one behind the other by the terms' numbers: where each begins, counted in postings, and
 * which terms there are, in the order of the tree, so that neighbours touch the same page once.
 */
function postingsOf(firstDoc: number, documents: readonly LexicalDocument[], counter: TermCounter) {
  const found = new IntList(1024);
  const postings = new IntList(1024);
  for (const [index, document] of documents.entries()) {
    counter.count(document, (term, weight, length) => {
      found.push(term);
      postings.push(((firstDoc + index) << 8) | impactOf(weight, length));
    });
  }
  const starts = new Uint32Array(counter.size + 1);
  for (let index = 0; index < found.length; index++) {
    const end = found.at(index) + 1;
    starts[end] = (starts[end] ?? 0) + 1;
  }
  const terms: [text: string, number: number][] = [];
  for (let term = 0; term < counter.size; term++) {
    if ((starts[term + 1] ?? 0) > 0) terms.push([counter.term(term), term]);
    starts[term + 1] = (starts[term] ?? 0) + (starts[term + 1] ?? 0);
  }
  const next = starts.slice();
  const bytes = new Uint8Array(found.length * POSTING_BYTES);
  for (let index = 0; index < found.length; index++) {
    const term = found.at(index);
    const posting = postings.at(index);
    const place = next[term] ?? 0;
    next[term] = place + 1;
    bytes[place * POSTING_BYTES] = posting >> 8;
    bytes[place * POSTING_BYTES + 1] = posting >> 16;
    bytes[place * POSTING_BYTES + 2] = posting;
  }
  terms.sort(([a], [b]) => (a < b ? -1 : 1));
  return { terms, bytes, starts };
}
