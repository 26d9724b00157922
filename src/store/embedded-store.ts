import { randomUUID } from "node:crypto";
import type { Logger } from "../log.ts";
import { type Database, openOrRebuild } from "../sqlite.ts";
import { applyBatch } from "./apply-batch.ts";
import { allPassing, isOpen, passing } from "./chunk-filter.ts";
import { readChunks, readChunksOfSource } from "./chunk-rows.ts";
import { dimensionMismatch } from "./dimension-mismatch.ts";
import { ChunkHeads } from "./chunk-heads.ts";
import type {
  Candidate,
  ChunkFilter,
  FolderBook,
  ChunkHead,
  IndexBatch,
  IndexMoments,
  IndexStore,
  LexicalQuery,
  PassageBook,
  PendingVector,
  SourceState,
  StoreStats,
  StoredChunk,
  TranscriptStamps,
} from "./index-store.ts";
import { folderBook } from "./folder-rows.ts";
import { Lease } from "./lease.ts";
import { passageBook } from "./passage-book.ts";
import { LexicalSearch } from "./lexical/lexical-search.ts";
import { nextRevision, readMoments, revisionOf, writeScan } from "./meta.ts";
import { MIGRATIONS } from "./schema.ts";
import { purgeSegments } from "./lexical/segment-compaction.ts";
import { readSource, readSources, readTranscriptStamps, sourceId } from "./source-rows.ts";
import { Stats } from "./stats.ts";
import { TermCounter } from "./lexical/term-counter.ts";
import { countUnusedVectors, prune, purgeVectors } from "./vector/vector-prune.ts";
import { isCentreDue, recentre } from "./vector/centre.ts";
import { TextChunks } from "./vector/text-chunks.ts";
import { VectorSearch } from "./vector/vector-search.ts";
import { activeSpace, readPending, useSpace, writeVectors } from "./vector/vector-writer.ts";

export interface EmbeddedStoreOptions {
  readonly log: Logger;
  /** Milliseconds since the epoch; handed in by tests of the lease. */
  readonly now?: () => number;
}

/** Opens (or creates) the index in the file `path`; a damaged one is moved aside and begun anew. */
export async function openEmbeddedStore(path: string, options: EmbeddedStoreOptions): Promise<EmbeddedStore> {
  const db = await openOrRebuild(path, { migrations: MIGRATIONS }, options.log);
  return new EmbeddedStore(db, options.now ?? Date.now);
}

/** The index in one SQLite file: any number of processes read it while one writes. */
export class EmbeddedStore implements IndexStore {
  readonly kind = "sqlite";
  readonly folders: FolderBook;
  readonly passages: PassageBook;
  readonly #db: Database;
  readonly #now: () => number;
  readonly #lease: Lease;
  readonly #lexical: LexicalSearch;
  readonly #heads: ChunkHeads;
  readonly #textChunks: TextChunks;
  readonly #stats: Stats;
  #vectors: VectorSearch | null = null;
  #counter = new TermCounter();

  constructor(db: Database, now: () => number) {
    this.#db = db;
    this.#now = now;
    this.#lease = new Lease(db, randomUUID(), now);
    this.#lexical = new LexicalSearch(db);
    this.folders = folderBook(db, this.#lease);
    this.passages = passageBook(db);
    this.#heads = new ChunkHeads(db);
    this.#textChunks = new TextChunks(db);
    this.#stats = new Stats(db);
  }

  async acquireLease(): Promise<boolean> {
    return this.#lease.acquire();
  }

  async releaseLease(): Promise<void> {
    this.#lease.release();
    this.#db.checkpoint();
  }

  async sources(): Promise<Map<string, SourceState>> {
    return readSources(this.#db);
  }

  async transcriptStamps(): Promise<TranscriptStamps[]> {
    return readTranscriptStamps(this.#db);
  }

  async source(path: string): Promise<SourceState | null> {
    return readSource(this.#db, path);
  }

  async apply(batch: IndexBatch): Promise<void> {
    if (this.#counter.names > MOST_NAMES) this.#counter = new TermCounter();
    this.#write((revision) => applyBatch(this.#db, revision, batch, this.#counter));
  }

  async useVectors(fingerprint: string, dimensions: number): Promise<void> {
    const space = this.#db.snapshot(() => activeSpace(this.#db));
    if (space?.fingerprint !== fingerprint || space.dimensions !== dimensions)
      return this.#write(() => useSpace(this.#db, fingerprint, dimensions));
    // An index of the time before there were centres.
    if (this.#db.snapshot(() => isCentreDue(this.#db, space)))
      this.#write((revision) => recentre(this.#db, space, revision));
  }

  async vectorSpace(): Promise<string | null> {
    return activeSpace(this.#db)?.fingerprint ?? null;
  }

  async pendingVectors(limit: number): Promise<PendingVector[]> {
    return readPending(this.#db, limit);
  }

  async putVectors(vectors: readonly { readonly vectorKey: string; readonly vector: Float32Array }[]): Promise<void> {
    this.#write((revision) => {
      const space = activeSpace(this.#db);
      if (space === null) throw new Error("putVectors before useVectors");
      writeVectors(this.#db, space, revision, vectors);
    });
  }

  async pruneVectors(): Promise<number> {
    return this.#write((revision) => prune(this.#db, revision));
  }

  async scrub(): Promise<{ readonly vectors: number; readonly left: number }> {
    const vectors = this.#write((revision) => {
      purgeSegments(this.#db, revision);
      return purgeVectors(this.#db, revision);
    });
    this.#db.rewrite();
    return { vectors, left: countUnusedVectors(this.#db) };
  }

  async searchLexical(query: LexicalQuery): Promise<Candidate[]> {
    return this.#db.snapshot(() => {
      this.#lexical.refresh(revisionOf(this.#db));
      const search = (limit: number, accepts?: (id: number) => boolean) =>
        this.#lexical.search(query.terms, limit, accepts);
      // Of those that hold the words of a phrase only the best are looked at, and dropped where they stand apart.
      const hasPhrase = query.terms.some(({ text }) => /\s/.test(text));
      const wide = (limit: number) => {
        const found = search(limit);
        return { found, isAll: found.length < limit && !hasPhrase };
      };
      return this.#filtered(query.filter, query.limit, search, wide, (filter) => {
        const { chunks } = allPassing(this.#db, filter);
        return search(query.limit, (id) => chunks.has(id));
      });
    });
  }

  async searchVector(vector: Float32Array, limit: number, filter?: ChunkFilter): Promise<Candidate[]> {
    return this.#db.snapshot(() => {
      const space = activeSpace(this.#db);
      if (space === null) return [];
      if (vector.length !== space.dimensions) throw dimensionMismatch(space.dimensions, vector.length);
      if (this.#vectors?.space.id !== space.id) this.#vectors = new VectorSearch(this.#db, space);
      const vectors = this.#vectors;
      const revision = revisionOf(this.#db);
      vectors.refresh(revision);
      this.#textChunks.refresh(revision);
      const near = (texts: number, accepts?: (text: number) => boolean) => {
        const nearest = vectors.nearest(vector, texts, accepts);
        return { found: this.#textChunks.of(nearest), isAll: nearest.length < texts };
      };
      const open = (count: number) => widened(count, near);
      return this.#filtered(filter, limit, open, near, (restricted) => {
        const { chunks, texts } = allPassing(this.#db, restricted);
        return widened(limit, (count) => {
          const { found, isAll } = near(count, (text) => texts.has(text));
          return { found: found.filter(({ id }) => chunks.has(id)), isAll };
        });
      });
    });
  }

  async chunks(ids: readonly number[]): Promise<StoredChunk[]> {
    return readChunks(this.#db, ids);
  }

  async heads(ids: readonly number[]): Promise<ChunkHead[]> {
    return this.#db.snapshot(() => this.#heads.read(ids, revisionOf(this.#db)));
  }

  async chunksOf(path: string): Promise<StoredChunk[]> {
    return this.#db.snapshot(() => {
      const source = sourceId(this.#db, path);
      return source === null ? [] : readChunksOfSource(this.#db, source);
    });
  }

  async stats(): Promise<StoreStats> {
    return this.#db.snapshot(() => this.#stats.read(revisionOf(this.#db)));
  }

  async moments(): Promise<IndexMoments> {
    return this.#db.snapshot(() => readMoments(this.#db));
  }

  async noteScan({ full }: { readonly full: boolean }): Promise<void> {
    this.#db.transaction(() => {
      this.#lease.confirm();
      writeScan(this.#db, this.#now(), full);
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.#db.isOpen) return;
    this.#lease.release();
    this.#db.close();
  }

  #write<Result>(work: (revision: number) => Result): Result {
    return this.#db.transaction(() => {
      this.#lease.confirm();
      return work(nextRevision(this.#db, this.#now()));
    });
  }

  /**
   * Most filters let much through: then the best that pass are among the best of all, and only those are looked at.
   * When they are not, the filter lets little through, and that little is listed first.
   */
  #filtered(
    filter: ChunkFilter | undefined,
    limit: number,
    search: (limit: number) => Candidate[],
    wide: (limit: number) => Found,
    restricted: (filter: ChunkFilter) => Candidate[],
  ): Candidate[] {
    if (filter === undefined || isOpen(filter)) return search(limit);
    const { found, isAll } = wide(OVERFETCH * limit);
    const ids = passing(
      this.#db,
      filter,
      found.map(({ id }) => id),
    );
    const kept = found.filter(({ id }) => ids.has(id));
    return kept.length >= limit || isAll ? kept.slice(0, limit) : restricted(filter);
  }
}

/** Candidates, best first, and whether there are no others. */
interface Found {
  readonly found: Candidate[];
  readonly isAll: boolean;
}

/**
 * The `limit` best chunks, from as many of the nearest texts as it takes: texts whose chunks are gone, and several of one
 * chunk, give fewer chunks than they are.
 */
function widened(limit: number, near: (texts: number) => Found): Candidate[] {
  for (let texts = limit; ; texts *= WIDENED) {
    const { found, isAll } = near(texts);
    if (isAll || found.length >= limit) return found.slice(0, limit);
  }
}

/** How many times as many texts are looked at where those before gave too few chunks. */
const WIDENED = 4;

/** Bounds the memory of the counter of terms to some 20 MB. */
const MOST_NAMES = 100_000;

/** How many more candidates than asked for are taken before a filter. */
const OVERFETCH = 10;
