import type { App } from "../app.ts";
import type { LogReport } from "../indexer/transcript-report.ts";
import type { IndexStore } from "../store/index-store.ts";
import { productVersion } from "../version.ts";

/** What both memories remember of themselves; all of it is kept in their stores. Times are ISO 8601. */
export interface StateReport {
  readonly version: string;
  /** When a memory was last compared with the disk; null before the first time. */
  readonly lastScan: string | null;
  readonly collections: {
    readonly code: CollectionReport;
    readonly conversations: CollectionReport;
  };
  /** Each conversation log, in the order of their paths. */
  readonly logs: readonly LogReport[];
}

export interface CollectionReport {
  readonly created: string | null;
  readonly updated: string | null;
  readonly lastScan: string | null;
  /** When every byte was last read and compared. */
  readonly lastFullCheck: string | null;
  readonly files: number;
  /** Chunks. */
  readonly count: number;
}

/** Reads the state of an app's memories. */
export async function readState(app: App): Promise<StateReport> {
  const memory = await app.conversations();
  const code = await reportCollection(app.store);
  const conversations = await reportCollection(memory.store);
  const scans = [code.lastScan, conversations.lastScan].filter((scan) => scan !== null);
  return {
    version: productVersion(),
    lastScan: scans.toSorted().at(-1) ?? null,
    collections: { code, conversations },
    logs: await memory.logs(),
  };
}

async function reportCollection(store: Pick<IndexStore, "moments" | "stats">): Promise<CollectionReport> {
  const { createdAt, updatedAt, scannedAt, checkedAt } = await store.moments();
  const { files, chunks } = await store.stats();
  return {
    created: toTime(createdAt),
    updated: toTime(updatedAt),
    lastScan: toTime(scannedAt),
    lastFullCheck: toTime(checkedAt),
    files,
    count: chunks,
  };
}

function toTime(ms: number | null): string | null {
  return ms === null ? null : new Date(ms).toISOString();
}
