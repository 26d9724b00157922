import type { Logger } from "../log.ts";
import type { IndexStore } from "../store/index-store.ts";
import type { ReadOptions } from "../transcripts/read-transcript.ts";

/** What importing needs of the index. */
export type TranscriptStore = Pick<IndexStore, "transcriptStamps" | "source" | "apply" | "noteScan">;

export interface ImportOptions {
  /** Folders of logs, such as `~/.claude/projects`. */
  readonly roots: readonly string[];
  readonly store: TranscriptStore;
  readonly cut: Omit<ReadOptions, "signal">;
  readonly logger: Logger;
  /** Most logs read and hashed at once in a full check. Default 1. */
  readonly parallelHashes?: number;
  /** Log each log that a sweep looks at. */
  readonly verbose?: boolean;
  /** Most logs stored in one transaction. Default 100. */
  readonly batchSize?: number;
  /** Milliseconds since the epoch, noted with what was read. Default: the clock. */
  readonly now?: () => number;
  /** Called after each batch with the milliseconds it took, to leave the processor to others for a while. */
  readonly pause?: (workedMs: number, signal?: AbortSignal) => Promise<void>;
}
