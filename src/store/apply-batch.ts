import type { Database } from "../sqlite.ts";
import { contentOf, insertChunk, readChunksOfSource } from "./chunk-rows.ts";
import { forgetFiles } from "./exchange-files.ts";
import { forgetFolders } from "./folder-rows.ts";
import type { ChunkRecord, IndexBatch, SourceUpdate } from "./index-store.ts";
import { addDocuments, removeDocuments } from "./lexical/lexical-writer.ts";
import { reserveChunkIds } from "./meta.ts";
import { deletePassages, insertPassages, unqueue } from "./passage-rows.ts";
import { compactSegments } from "./lexical/segment-compaction.ts";
import { sourceId, writeSource } from "./source-rows.ts";
import type { LexicalDocument, TermCounter } from "./lexical/term-counter.ts";
import { activeSpace, queueText, textRow } from "./vector/vector-writer.ts";

/** A chunk that has no row yet. */
interface NewChunk {
  readonly source: number;
  readonly ordinal: number;
  readonly path: string;
  readonly mtime: number;
  readonly chunk: ChunkRecord;
}

/** Replaces, removes and touches sources. Inside a transaction. */
export function applyBatch(db: Database, revision: number, batch: IndexBatch, counter: TermCounter): void {
  const gone: number[] = [];
  forgetFolders(db, [
    ...batch.remove,
    ...[...batch.touch, ...batch.put.map(({ state }) => state)].map(({ path }) => path),
  ]);
  for (const path of batch.remove) removeSource(db, path, gone);
  for (const state of batch.touch) writeSource(db, state);
  let hasGone = false;
  for (const part of withoutRepeats(batch.put)) {
    const added: NewChunk[] = [];
    for (const update of part) putSource(db, update, added, gone);
    hasGone ||= gone.length > 0;
    deleteChunks(db, gone);
    removeDocuments(db, revision, gone.splice(0));
    addDocuments(db, revision, insertChunks(db, added), counter);
  }
  if (hasGone) compactSegments(db, revision);
}

/** The updates in runs that name no source twice: the second of two must find what the first one wrote. */
function withoutRepeats(updates: readonly SourceUpdate[]): SourceUpdate[][] {
  const runs: SourceUpdate[][] = [[]];
  const seen = new Set<string>();
  for (const update of updates) {
    if (seen.has(update.state.path)) {
      seen.clear();
      runs.push([]);
    }
    seen.add(update.state.path);
    runs.at(-1)?.push(update);
  }
  return runs;
}

function removeSource(db: Database, path: string, gone: number[]): void {
  const source = sourceId(db, path);
  if (source === null) return;
  for (const { id } of db.all<{ id: number }>("SELECT id FROM chunk WHERE source = ?", source)) gone.push(id);
  db.run("DELETE FROM source WHERE id = ?", source);
}

function putSource(db: Database, update: SourceUpdate, added: NewChunk[], gone: number[]): void {
  const { state, chunks } = update;
  const known = sourceId(db, state.path);
  const keep = known === null ? 0 : countChunks(db, known, update.keep ?? 0);
  const source = writeSource(db, state);
  const place = (chunk: ChunkRecord, index: number) =>
    added.push({ source, ordinal: keep + index, path: state.path, mtime: state.mtimeMs, chunk });
  if (known === null) {
    chunks.forEach(place);
    return;
  }
  // Former chunks by content: one that is still there keeps its row, its id and its postings, wherever it moved.
  const former = new Map<string, { id: number; ordinal: number; startLine: number; endLine: number }[]>();
  for (const row of readFormer(db, source, keep)) former.set(row.content, [...(former.get(row.content) ?? []), row]);
  chunks.forEach((chunk, index) => {
    const same = former.get(contentOf(chunk))?.shift();
    if (same === undefined) place(chunk, index);
    else if (!isSamePlace(same, chunk, keep + index)) moveChunk(db, same.id, chunk, keep + index);
  });
  for (const rows of former.values()) for (const { id } of rows) gone.push(id);
}

/** How many chunks a source has, at most `most`. */
function countChunks(db: Database, source: number, most: number): number {
  const sql = "SELECT count(*) AS n FROM chunk WHERE source = ? AND ordinal < ?";
  return db.get<{ n: number }>(sql, source, most)?.n ?? 0;
}

function readFormer(db: Database, source: number, keep: number) {
  return readChunksOfSource(db, source, keep).map((chunk, index) => ({
    id: chunk.id,
    ordinal: keep + index,
    startLine: chunk.startLine,
    endLine: chunk.endLine,
    content: contentOf(chunk),
  }));
}

function isSamePlace(
  former: { readonly ordinal: number; readonly startLine: number; readonly endLine: number },
  chunk: ChunkRecord,
  ordinal: number,
): boolean {
  return former.ordinal === ordinal && former.startLine === chunk.startLine && former.endLine === chunk.endLine;
}

function moveChunk(db: Database, id: number, chunk: ChunkRecord, ordinal: number): void {
  db.prepare("UPDATE chunk SET start_line = ?, end_line = ?, ordinal = ? WHERE id = ?").run(
    chunk.startLine,
    chunk.endLine,
    ordinal,
    id,
  );
}

function deleteChunks(db: Database, ids: readonly number[]): void {
  for (const id of ids) {
    const row = db.prepare("DELETE FROM chunk WHERE id = ? RETURNING text").get(id) as { text: number } | undefined;
    db.prepare("DELETE FROM chunk_text WHERE chunk = ?").run(id);
    db.prepare("DELETE FROM exchange WHERE chunk = ?").run(id);
    forgetFiles(db, id);
    if (row === undefined) continue;
    if (row.text < 0) deletePassages(db, id);
    else unqueue(db, row.text);
  }
}

function insertChunks(db: Database, added: readonly NewChunk[]): LexicalDocument[] {
  const first = reserveChunkIds(db, added.length);
  const space = activeSpace(db);
  return added.map(({ source, ordinal, path, mtime, chunk }, index) => {
    const id = first + index;
    const text = textRow(db, chunk.vectorKey);
    const { passages = [] } = chunk;
    insertChunk(db, { id, source, ordinal, text: passages.length > 0 ? -text.id : text.id }, chunk);
    if (passages.length > 0) insertPassages(db, space, { chunk: id, mtime }, passages);
    else if (space !== null) queueText(db, space, text.id, text.isNew, mtime);
    // Where a log lies says nothing of what was said in it.
    const words = chunk.session === null ? path : "";
    return { id, path: words, symbol: chunk.symbol, defines: chunk.defines, body: chunk.text };
  });
}
