/** What the index remembers of a file (or transcript) to tell whether it changed. */
export interface SourceState {
  /** Path relative to the workspace with `/`; for transcripts the absolute path, since there may be several roots. */
  readonly path: string;
  readonly size: number;
  readonly mtimeMs: number;
  readonly inode: number;
  /** sha256 of the bytes, hex; empty for a source that was skipped unread. */
  readonly hash: string;
  readonly language: string;
  /** Version of the chunker that cut it: an older one is cut again. */
  readonly chunker: string;
  /** Why nothing of it is indexed, such as `binary` or `too-large`; null when it is indexed. */
  readonly skipped: string | null;
  /** What a transcript is about; absent for code. */
  readonly session?: SessionSummary | null;
  /** What an importer needs to go on where it stopped; opaque to the store. Given by `source` only, absent in `sources`. */
  readonly resume?: string | null;
}

/** Conversation logs as far as a change is seen by it, in columns of equal length: an object each would cost more. */
export interface TranscriptStamps extends Pick<SourceState, "chunker" | "skipped"> {
  readonly paths: readonly string[];
  readonly sizes: readonly number[];
  /** As `microseconds` gives them. */
  readonly mtimes: readonly number[];
  readonly inodes: readonly number[];
}

/** A file's time as stamps have it: whole, in microseconds since the epoch. */
export function microseconds(mtimeMs: number): number {
  return Math.trunc(mtimeMs * 1000);
}

/** One transcript at a glance, kept beside its state and listed with it. */
export interface SessionSummary {
  readonly sessionId: string;
  /** The subagent that wrote the transcript; null for a session's own log. */
  readonly agentId: string | null;
  readonly project: string;
  readonly cwd: string | null;
  readonly gitBranch: string | null;
  readonly title: string | null;
  /** Milliseconds since the epoch of the first and last message; 0 when no message carried a time. */
  readonly startedAt: number;
  readonly endedAt: number;
  readonly messages: number;
  readonly lines: number;
  /** Lines that were no JSON, and record types that were not understood, by type. */
  readonly corruptLines: number;
  readonly unknownTypes: Readonly<Record<string, number>>;
  /** The first lines that could not be read, and why; absent where there are none. */
  readonly problems?: readonly { readonly line: number; readonly reason: string }[];
  readonly chunks?: number;
  /** Milliseconds since the epoch when it was last read. */
  readonly importedAt?: number;
}

/** One searchable run of lines. Conversation chunks carry a session; code chunks do not. */
export interface ChunkRecord {
  readonly startLine: number;
  readonly endLine: number;
  readonly text: string;
  readonly language: string;
  readonly kind: string;
  /** Symbol path of code, title of a conversation; null where there is none. */
  readonly symbol: string | null;
  readonly defines: readonly string[];
  /** sha256 (hex) of the text that is embedded for this chunk: the content address of its vector. */
  readonly vectorKey: string;
  /**
   * What is embedded in place of the whole, where one vector for several unlike things would be near to none of them: the
   * chunk is as near as the nearest of them. `vectorKey` is then a digest of theirs, and itself not embedded. Not given back.
   */
  readonly passages?: readonly Passage[];
  /** The text that is embedded, where it is not `text` itself. */
  readonly embedText: string | null;
  readonly session: SessionFacts | null;
}

/** A part of a chunk with a vector of its own. */
export interface Passage {
  /** sha256 (hex) of its text. */
  readonly vectorKey: string;
  readonly text: string;
}

export interface SessionFacts {
  readonly sessionId: string;
  readonly project: string;
  readonly gitBranch: string | null;
  readonly cwd: string | null;
  readonly role: string;
  readonly isSubagent: boolean;
  /** Milliseconds since the epoch of the first and last message. */
  readonly startedAt: number;
  readonly endedAt: number;
  /** Files touched, message uuids and the like, kept as they are for the answer. */
  readonly details: Readonly<Record<string, unknown>>;
}

export interface StoredChunk extends ChunkRecord {
  /** Stable while the chunk's source is unchanged; unique in the store. */
  readonly id: number;
  readonly path: string;
}

/** What ranking looks at: a chunk without its texts, which only those that are shown need. */
export type ChunkHead = Omit<StoredChunk, "text" | "embedText" | "vectorKey">;

/** One source replaced: its former chunks go, these take their place. */
export interface SourceUpdate {
  readonly state: SourceState;
  readonly chunks: readonly ChunkRecord[];
  /** This many of its former chunks stay, the first ones in order, and `chunks` follow them. Default 0: all go. */
  readonly keep?: number;
}

export interface IndexBatch {
  readonly put: readonly SourceUpdate[];
  readonly remove: readonly string[];
  /** States whose content did not change (touched, moved clock): chunks stay. */
  readonly touch: readonly SourceState[];
}

/** Restricts a search; absent fields do not restrict. */
export interface ChunkFilter {
  /** Glob over paths, such as `src/**` or `*.ts` (matches the base name when it has no slash). */
  readonly pathGlob?: string;
  readonly language?: string;
  readonly project?: string;
  readonly sessionId?: string;
  readonly gitBranch?: string;
  /** Exchanges that read or wrote this file: its name, or the end of its path from a name on. */
  readonly file?: string;
  /** Milliseconds since the epoch: chunks that end at or after `since` and start at or before `until`. */
  readonly since?: number;
  readonly until?: number;
}

/** A directory as a walk saw it, with every file in it as it is in the index. */
export interface FolderRecord {
  readonly path: string;
  /** Changes whenever its entries may have; opaque to the store. */
  readonly stamp: string;
  readonly folders: readonly string[];
  readonly files: readonly string[];
  /** Three numbers for each file, which tell whether it changed. */
  readonly stats: Float64Array;
}

/** Directories that a check need not read again; each is forgotten with the first change of a source in it. */
export interface FolderBook {
  /** By path. */
  all(): Promise<Map<string, FolderRecord>>;
  /** Remembers directories; the caller vouches that all sources in them are as these records say. */
  put(folders: readonly FolderRecord[]): Promise<void>;
  /** How many sources there are, in directories remembered or not. */
  countSources(): Promise<number>;
}

/** What can be told of the texts that a search by vector found; each is known by `Candidate.text`. */
export interface PassageBook {
  /** What these texts say, as they were embedded, of those that are passages. */
  read(texts: readonly number[]): Promise<ReadonlyMap<number, string>>;
  /**
   * The vector without what all texts have in common, for a search that finds what is nearest once that is taken away; the
   * vector itself where there are too few texts to tell.
   */
  apart(vector: Float32Array): Promise<Float32Array>;
  /**
   * The same candidates by how near they are once what all texts have in common is taken away, in standard deviations above
   * what texts are on average; best first, without those that are no nearer than that. null where there are too few texts to
   * tell, or a find names none.
   */
  centred(vector: Float32Array, found: readonly Candidate[]): Promise<readonly Candidate[] | null>;
}

/** Terms of a lexical query, weighted; at least one matches in every hit. */
export interface LexicalQuery {
  readonly terms: readonly LexicalTerm[];
  readonly limit: number;
  readonly filter?: ChunkFilter;
}

export interface LexicalTerm {
  /** Already normalised by `terms.ts`; several words mean a phrase. */
  readonly text: string;
  readonly prefix?: boolean;
  /** Of a single word: where no chunk has it, those that begin so are taken instead. */
  readonly begun?: string;
}

export interface Candidate {
  readonly id: number;
  /** Higher is better; comparable only within one list. */
  readonly score: number;
  /** By vector: which of its texts is nearest, for `passages`; absent where a server found it. */
  readonly text?: number;
}

export interface PendingVector {
  readonly vectorKey: string;
  readonly text: string;
}

export interface KeyedVector {
  readonly vectorKey: string;
  readonly vector: Float32Array;
}

export interface StoreStats {
  readonly files: number;
  readonly chunks: number;
  /** Distinct texts, and how many of them have a vector under the active fingerprint. */
  readonly texts: number;
  readonly embedded: number;
  readonly skipped: readonly {
    readonly reason: string;
    readonly count: number;
    readonly examples: readonly string[];
  }[];
  readonly bytes: number;
  /** Milliseconds since the epoch of the last committed batch; null for a new index. */
  readonly updatedAt: number | null;
}

/** When what happened to an index, in milliseconds since the epoch; null when it never did. */
export interface IndexMoments {
  readonly createdAt: number | null;
  /** Last committed batch. */
  readonly updatedAt: number | null;
  /** Last time that everything on the disk was compared with the index. */
  readonly scannedAt: number | null;
  /** Last time that this was done by reading every byte; the first scan, which read everything, counts. */
  readonly checkedAt: number | null;
}

/**
 * Where chunks, file states, full text and vectors live. Every method that writes is one transaction.
 * Implemented by the embedded SQLite store and by Qdrant; `test/contract/index-store.ts` holds both to it.
 */
export interface IndexStore extends AsyncDisposable {
  readonly kind: "sqlite" | "qdrant";
  /** Why answers come another way than configured, in words for people; null or absent while they do not. */
  readonly notice?: string | null;
  /** Whether searches go to a server: those that are asked for at the same moment then cost one way to it, not two. */
  readonly isRemote?: boolean;
  /** Takes or renews the writer's lease; false while another living process holds it. */
  acquireLease(): Promise<boolean>;
  releaseLease(): Promise<void>;
  /** After a run: brings a server behind the store up to date, where there is one. Until then searches are local. */
  settle?(options: {
    readonly signal?: AbortSignal | undefined;
    readonly onProgress?: ((done: number, left: number) => void) | undefined;
  }): Promise<void>;
  /** All sources, keyed by path. */
  sources(): Promise<Map<string, SourceState>>;
  /** What tells whether conversation logs changed, in a fraction of the time that `sources` takes. */
  transcriptStamps(): Promise<TranscriptStamps[]>;
  source(path: string): Promise<SourceState | null>;
  /** Where a store remembers directories. */
  readonly folders?: FolderBook;
  apply(batch: IndexBatch): Promise<void>;
  /** Makes `fingerprint` the active vector space; vectors of others stay until `pruneVectors`. */
  useVectors(fingerprint: string, dimensions: number): Promise<void>;
  /** Fingerprint of the active vector space; null before the first `useVectors`. */
  vectorSpace(): Promise<string | null>;
  /** Up to `limit` texts without a vector, most recently changed sources first. */
  pendingVectors(limit: number): Promise<PendingVector[]>;
  putVectors(vectors: readonly KeyedVector[]): Promise<void>;
  /** Those of these vectors that a server has from anybody, under the active fingerprint; for what is pending. */
  knownVectors?(vectorKeys: readonly string[]): Promise<KeyedVector[]>;
  /** Drops vectors that no chunk refers to or that belong to another fingerprint. */
  pruneVectors(): Promise<number>;
  /**
   * Removes for good what deleted chunks left behind: their words, their vectors, and their bytes in the file. Rewrites
   * the file, so it takes as long as copying it. `left` counts vectors that no chunk has afterwards: 0, or something is
   * wrong.
   * @throws UserError `store.*` when another process reads for too long, or a server that must forget too does not answer.
   */
  scrub(): Promise<{ readonly vectors: number; readonly left: number }>;
  searchLexical(query: LexicalQuery): Promise<Candidate[]>;
  searchVector(vector: Float32Array, limit: number, filter?: ChunkFilter): Promise<Candidate[]>;
  /** More of what `searchVector` found, where the vectors are at hand. */
  readonly passages?: PassageBook;
  /** The chunks with these ids, in the order asked; ids that are gone are left out. */
  chunks(ids: readonly number[]): Promise<StoredChunk[]>;
  /** As `chunks`, without the texts: several times as fast for the hundreds of candidates of a search. */
  heads(ids: readonly number[]): Promise<ChunkHead[]>;
  chunksOf(path: string): Promise<StoredChunk[]>;
  stats(): Promise<StoreStats>;
  moments(): Promise<IndexMoments>;
  /** Notes that everything was compared just now, `full` when every byte was read. What is indexed stays as it is. */
  noteScan(scan: { readonly full: boolean }): Promise<void>;
}
