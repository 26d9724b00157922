import type { Database } from "../../sqlite.ts";
import { POSTING_BYTES, PostingBuilder, SEGMENT_DOCS, decodeDocs, docAt, encodeDocs } from "./posting.ts";

interface SegmentSize {
  readonly base: number;
  readonly live: number;
  readonly size: number;
}

/**
 * Rewrites one run of neighbouring segments as one when they are mostly empty, so that years of edits leave no more
 * segments than the chunks need. At most one run per call: a batch should not take seconds. Inside a transaction.
 */
export function compactSegments(db: Database, revision: number): void {
  const run = findRun(db.all<SegmentSize>("SELECT base, live, length(docs) / 4 AS size FROM segment ORDER BY base"));
  if (run !== null) merge(db, revision, run);
}

/** Rewrites every segment that still holds words of chunks that are gone. Inside a transaction. */
export function purgeSegments(db: Database, revision: number): void {
  const holed = db.all<{ base: number }>("SELECT base FROM segment WHERE live < length(docs) / 4 ORDER BY base");
  for (const { base } of holed) merge(db, revision, [base]);
}

/** The first run worth rewriting: several that fit into half a segment, or a large one that is at least half empty. */
function findRun(sizes: readonly SegmentSize[]): readonly number[] | null {
  for (let from = 0; from < sizes.length; from++) {
    let to = from;
    let live = 0;
    for (; to < sizes.length; to++) {
      const more = sizes[to]?.live ?? 0;
      if (live + more > SEGMENT_DOCS / 2) break;
      live += more;
    }
    const isLarge = (sizes[from]?.size ?? 0) >= SEGMENT_DOCS / 2;
    if (to > from + 1 || (to === from + 1 && isLarge && live <= (sizes[from]?.size ?? 0) / 2)) {
      return sizes.slice(from, to).map(({ base }) => base);
    }
  }
  return null;
}

function merge(db: Database, revision: number, bases: readonly number[]): void {
  const kept: number[] = [];
  const lists = new Map<string, PostingBuilder>();
  for (const base of bases) {
    const docs = decodeDocs(
      db.get<{ docs: Uint8Array }>("SELECT docs FROM segment WHERE base = ?", base)?.docs ?? new Uint8Array(),
    );
    const numbers = Array.from(docs, (id) => (id === 0 ? -1 : kept.push(id) - 1));
    for (const row of db.iterate<{ term: string; docs: Uint8Array }>(
      "SELECT term, docs FROM posting WHERE segment = ?",
      base,
    )) {
      const list = lists.get(row.term) ?? new PostingBuilder();
      if (copyList(row.docs, numbers, list)) lists.set(row.term, list);
    }
    db.run("DELETE FROM posting WHERE segment = ?", base);
    db.run("DELETE FROM segment WHERE base = ?", base);
  }
  const [base = 0] = bases;
  const insert = db.prepare("INSERT INTO posting VALUES (?, ?, ?)");
  for (const term of Array.from(lists.keys()).sort())
    insert.run(base, term, lists.get(term)?.bytes ?? new Uint8Array());
  db.run("INSERT INTO segment VALUES (?, ?, ?, ?)", base, revision, kept.length, encodeDocs(Uint32Array.from(kept)));
}

/** Copies the postings of documents that are still there under their new numbers; whether there was any. */
function copyList(bytes: Uint8Array, numbers: readonly number[], to: PostingBuilder): boolean {
  let copied = false;
  for (let at = 0; at < bytes.length; at += POSTING_BYTES) {
    const number = numbers[docAt(bytes, at)] ?? -1;
    if (number === -1) continue;
    to.add(number, bytes[at + 2] ?? 0);
    copied = true;
  }
  return copied;
}
