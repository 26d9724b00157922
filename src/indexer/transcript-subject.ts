import path from "node:path";
import type { IndexStore } from "../store/index-store.ts";
import { mayHoldTranscripts } from "../transcripts/list-transcripts.ts";
import type { SweepOptions, TranscriptImporter } from "./import-transcripts.ts";

/**
 * The conversations of a user as something that a watcher keeps fresh: structurally a `WatchSubject`.
 * `embed` gives new chunks their vectors; leave it out where embeddings are turned off.
 */
export function conversationSubject(parts: {
  readonly roots: readonly string[];
  readonly importer: TranscriptImporter;
  readonly store: Pick<IndexStore, "acquireLease" | "releaseLease" | "moments">;
  readonly embed?: (signal: AbortSignal) => Promise<void>;
}) {
  const { roots, importer, store, embed } = parts;
  return {
    name: "conversations",
    roots,
    openFilter: async () => (relative: string, isDirectory: boolean) =>
      mayHoldTranscripts(path.posix.basename(relative), isDirectory),
    acquireLease: () => store.acquireLease(),
    releaseLease: () => store.releaseLease(),
    checkedAt: async () => (await store.moments()).checkedAt,
    refresh: async (request: SweepOptions) => ({ changed: (await importer.sweep(request)).imported }),
    ...(embed === undefined ? {} : { embed }),
  };
}
