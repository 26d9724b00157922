import { microseconds } from "../../src/store/index-store.ts";
import type {
  ChunkRecord,
  IndexBatch,
  SourceState,
  StoredChunk,
  TranscriptStamps,
} from "../../src/store/index-store.ts";

/** An index in memory, as far as conversations need one; keeps what the contract says is kept. */
export class MemoryTranscriptStore {
  readonly states = new Map<string, SourceState>();
  readonly records = new Map<string, StoredChunk[]>();
  readonly batches: IndexBatch[] = [];
  /** Applies that succeed before one fails as if the process had died. */
  appliesLeft = Number.POSITIVE_INFINITY;
  pruned = 0;
  readonly scans: boolean[] = [];
  #nextId = 1;

  async sources(): Promise<Map<string, SourceState>> {
    return new Map(Array.from(this.states, ([place, state]) => [place, { ...state, resume: null }]));
  }

  async transcriptStamps(): Promise<TranscriptStamps[]> {
    return Array.from(this.states.values(), ({ path, size, mtimeMs, inode, chunker, skipped }) => {
      return { chunker, skipped, paths: [path], sizes: [size], mtimes: [microseconds(mtimeMs)], inodes: [inode] };
    });
  }

  async source(place: string): Promise<SourceState | null> {
    return this.states.get(place) ?? null;
  }

  async chunksOf(place: string): Promise<StoredChunk[]> {
    return this.records.get(place) ?? [];
  }

  async noteScan({ full }: { readonly full: boolean }): Promise<void> {
    this.scans.push(full);
  }

  async scrub(): Promise<{ readonly vectors: number; readonly left: number }> {
    this.pruned += 1;
    return { vectors: 0, left: 0 };
  }

  async searchLexical(): Promise<never[]> {
    return [];
  }

  async chunks(): Promise<never[]> {
    return [];
  }

  async apply(batch: IndexBatch): Promise<void> {
    if (this.appliesLeft === 0) throw new Error("killed");
    this.appliesLeft -= 1;
    this.batches.push(batch);
    for (const { state, chunks, keep = 0 } of batch.put) {
      const former = this.records.get(state.path) ?? [];
      if (former.length < keep) throw new Error(`${state.path} has ${former.length} chunks, not ${keep}`);
      const added = chunks.map((chunk) => this.#store(chunk, state.path));
      this.records.set(state.path, [...former.slice(0, keep), ...added]);
      this.states.set(state.path, state);
    }
    for (const state of batch.touch) this.states.set(state.path, state);
    for (const place of batch.remove) {
      this.states.delete(place);
      this.records.delete(place);
    }
  }

  /** All chunks with their ids set to 0, by path: what two indexes are compared by. */
  content(): Record<string, readonly ChunkRecord[]> {
    return Object.fromEntries(
      Array.from(this.records, ([place, chunks]) => [place, chunks.map((chunk) => ({ ...chunk, id: 0 }))]),
    );
  }

  #store(chunk: ChunkRecord, place: string): StoredChunk {
    const id = this.#nextId;
    this.#nextId += 1;
    return { ...chunk, id, path: place };
  }
}
