import { type Database, openOrRebuild } from "../../sqlite.ts";
import { EmbeddedStore } from "../embedded-store.ts";
import type {
  TranscriptStamps,
  Candidate,
  ChunkFilter,
  ChunkHead,
  IndexBatch,
  IndexMoments,
  IndexStore,
  KeyedVector,
  LexicalQuery,
  PendingVector,
  SourceState,
  StoreStats,
  StoredChunk,
} from "../index-store.ts";
import { PROMPT, QdrantConnection, isUnreachable } from "./qdrant-client.ts";
import { adviceOf, isGone } from "./qdrant-errors.ts";
import { collectionName, ensureCollection } from "./qdrant-collection.ts";
import { type Comparison, compareAll } from "./qdrant-compare.ts";
import { vectorsByKey } from "./qdrant-fetch.ts";
import { fill } from "./qdrant-fill.ts";
import { isBehind, isFilled, isQueued, queueAll, queueFor, queueLength } from "./qdrant-queue.ts";
import type { QdrantStoreOptions } from "./qdrant-options.ts";
import { searchDense, searchSparse } from "./qdrant-search.ts";
import { type SyncOptions, type SyncTarget, sendQueue } from "./qdrant-sync.ts";
import { hasPassages } from "../passage-rows.ts";
import { MIGRATIONS } from "../schema.ts";
import { type VectorSpace, activeSpace } from "../vector/vector-writer.ts";

/** For so long a server that did not answer is not asked again by searches. */
const PAUSE_MS = 5000;

/** Opens the index whose books are in the SQLite file `path` and whose searches go to a Qdrant server. */
export async function openQdrantStore(path: string, options: QdrantStoreOptions): Promise<QdrantStore> {
  const db = await openOrRebuild(path, { migrations: MIGRATIONS }, options.log);
  return new QdrantStore(db, options);
}

/**
 * The index on a Qdrant server. The books (states of files, texts, vectors, the lease) stay in a local file, where every change is
 * committed and queued first; the server can be lost or filled anew without embedding, and while it does not answer the file does.
 */
export class QdrantStore implements IndexStore {
  readonly kind = "qdrant";
  readonly #db: Database;
  readonly #books: EmbeddedStore;
  readonly #connection: QdrantConnection;
  readonly #options: QdrantStoreOptions;
  readonly #tenant: string;
  readonly #now: () => number;
  #ready: string | null = null;
  #pausedUntil = 0;
  #trouble = "";
  #sending: Promise<void> | null = null;

  constructor(db: Database, options: QdrantStoreOptions) {
    this.#db = db;
    this.#options = options;
    this.#now = options.now ?? Date.now;
    this.#books = new EmbeddedStore(db, this.#now);
    this.#connection = new QdrantConnection(options.server);
    this.#tenant = this.#queue(activeSpace(db));
  }

  /** Why the local file answers in the server's place; null while the server does. */
  get notice(): string | null {
    if (this.#now() < this.#pausedUntil) return `Searched locally: ${this.#trouble}`;
    return isFilled(this.#db) ? null : `Searched locally: ${this.#connection.url} does not have the whole index yet.`;
  }

  /** What is committed is found, or searched where it is: the server must have heard of all of it. */
  get isRemote(): boolean {
    return this.#now() >= this.#pausedUntil && isFilled(this.#db) && !isBehind(this.#db);
  }

  /** Chunks that the server has yet to hear of. */
  get queued(): number {
    return queueLength(this.#db);
  }

  async acquireLease(): Promise<boolean> {
    const acquired = await this.#books.acquireLease();
    // Whoever takes the lease is at work: the moment to bring the server what it missed.
    if (acquired && isFilled(this.#db)) await this.#trySend();
    return acquired;
  }

  async releaseLease(): Promise<void> {
    try {
      if (isFilled(this.#db)) await this.#trySend();
    } catch (thrown) {
      this.#pause(thrown);
    } finally {
      await this.#books.releaseLease();
    }
  }

  async settle(options: SyncOptions = {}): Promise<void> {
    await this.#trySend(options);
  }

  transcriptStamps(): Promise<TranscriptStamps[]> {
    return this.#books.transcriptStamps();
  }
  sources(): Promise<Map<string, SourceState>> {
    return this.#books.sources();
  }

  /** Kept in the books: what tells of a change on disk is the same, wherever searches go. */
  get folders() {
    return this.#books.folders;
  }

  source(path: string): Promise<SourceState | null> {
    return this.#books.source(path);
  }

  async apply(batch: IndexBatch): Promise<void> {
    await this.#books.apply(batch);
    await this.#sendSoon();
  }

  async useVectors(fingerprint: string, dimensions: number): Promise<void> {
    await this.#books.useVectors(fingerprint, dimensions);
    this.#queue(activeSpace(this.#db));
  }

  vectorSpace(): Promise<string | null> {
    return this.#books.vectorSpace();
  }
  pendingVectors(limit: number): Promise<PendingVector[]> {
    return this.#books.pendingVectors(limit);
  }

  async putVectors(vectors: readonly KeyedVector[]): Promise<void> {
    await this.#books.putVectors(vectors);
    await this.#sendSoon();
  }

  async knownVectors(vectorKeys: readonly string[]): Promise<KeyedVector[]> {
    if (this.#now() < this.#pausedUntil) return [];
    try {
      return await vectorsByKey(await this.#target(), vectorKeys, PROMPT);
    } catch (thrown) {
      if (!isGone(thrown) && !isUnreachable(thrown)) throw thrown;
      this.#pause(thrown);
      return [];
    }
  }

  pruneVectors(): Promise<number> {
    return this.#books.pruneVectors();
  }

  async scrub(): Promise<{ readonly vectors: number; readonly left: number }> {
    // The server first: what it is yet to be told to drop must not be lost sight of.
    await this.#settled();
    await this.synchronize();
    return await this.#books.scrub();
  }

  async searchLexical(query: LexicalQuery): Promise<Candidate[]> {
    const local = () => this.#books.searchLexical(query);
    // Whether there is any at all is known here as well.
    if (query.limit === 1) return local();
    return this.#search(async (target) => searchSparse(this.#db, target, query), local);
  }

  async searchVector(vector: Float32Array, limit: number, filter?: ChunkFilter): Promise<Candidate[]> {
    // The server has one vector for each chunk: the nearest passage can only be told here.
    const local = () => this.#books.searchVector(vector, limit, filter);
    if (hasPassages(this.#db)) return local();
    return this.#search(async (target) => searchDense(this.#db, target, vector, limit, filter), local);
  }

  get passages() {
    return this.#books.passages;
  }

  chunks(ids: readonly number[]): Promise<StoredChunk[]> {
    return this.#books.chunks(ids);
  }

  heads(ids: readonly number[]): Promise<ChunkHead[]> {
    return this.#books.heads(ids);
  }

  chunksOf(path: string): Promise<StoredChunk[]> {
    return this.#books.chunksOf(path);
  }

  stats(): Promise<StoreStats> {
    return this.#books.stats();
  }
  moments(): Promise<IndexMoments> {
    return this.#books.moments();
  }

  noteScan(scan: { readonly full: boolean }): Promise<void> {
    return this.#books.noteScan(scan);
  }

  /** Sends everything that waits; unlike searches and writes it throws when the server does not answer. */
  async synchronize({ signal, onProgress }: SyncOptions = {}): Promise<number> {
    const target = await this.#target();
    const options = {
      signal,
      onProgress: (done: number, left: number) => {
        // Sending may take longer than a lease holds that nobody renews.
        if (isFilled(this.#db) || left > 0) void this.#books.acquireLease();
        onProgress?.(done, left);
      },
    };
    return isFilled(this.#db) ? sendQueue(this.#db, target, options) : fill(this.#db, target, this.#options, options);
  }

  /** Compares every chunk with its point on the server. */
  async compare(onProgress?: (done: number, total: number) => void): Promise<Comparison> {
    return compareAll(this.#db, await this.#target(), onProgress);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#settled();
    await this.#books[Symbol.asyncDispose]();
  }

  #queue(space: VectorSpace | null): string {
    return queueFor(this.#db, `${this.#connection.url} ${collectionName(this.#options, space)}`, this.#options.tenant);
  }

  async #target(): Promise<SyncTarget> {
    const space = activeSpace(this.#db);
    const collection = collectionName(this.#options, space);
    if (this.#ready !== collection)
      this.#ready = await ensureCollection(this.#connection, this.#options, space, this.queued);
    return { connection: this.#connection, collection, tenant: this.#tenant, space };
  }

  /**
   * After each change once the server has everything. A first run sends when it settles: what is sent before its vectors
   * are known would be sent again with them.
   */
  async #sendSoon(): Promise<void> {
    if (activeSpace(this.#db) !== null && isFilled(this.#db)) await this.#trySend();
  }

  /** One sender at a time; what is written while it sends is sent by it or by the next. */
  async #trySend(options: SyncOptions = {}): Promise<void> {
    await this.#settled();
    if (this.#now() < this.#pausedUntil || (isFilled(this.#db) && !isQueued(this.#db))) return;
    this.#sending = this.#sendOrPause(options);
    await this.#sending;
  }

  /** Waits for the sender under way; its failure is reported to whoever started it. */
  async #settled(): Promise<void> {
    await this.#sending?.catch(() => {});
  }

  async #sendOrPause(options: SyncOptions): Promise<void> {
    try {
      await this.synchronize(options);
    } catch (thrown) {
      this.#failed(thrown);
    }
  }

  async #search(
    remote: (target: SyncTarget) => Promise<Candidate[]>,
    local: () => Promise<Candidate[]>,
  ): Promise<Candidate[]> {
    if (!this.isRemote) return local();
    try {
      return await remote(await this.#target());
    } catch (thrown) {
      this.#failed(thrown);
      return local();
    }
  }

  /** What may pass is waited for; a collection that is gone is created again and filled by the next write. */
  #failed(thrown: unknown): void {
    if (isGone(thrown)) {
      this.#ready = null;
      queueAll(this.#db);
    } else if (!isUnreachable(thrown)) throw thrown;
    this.#pause(thrown);
  }

  #pause(thrown: unknown): void {
    const reason = adviceOf(thrown);
    if (this.#now() >= this.#pausedUntil && reason !== this.#trouble) {
      this.#options.log.warn("The index is searched locally, and changes wait.", { reason, waiting: this.queued });
    }
    this.#trouble = reason;
    this.#pausedUntil = this.#now() + PAUSE_MS;
  }
}
