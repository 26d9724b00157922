import { createHash } from "node:crypto";
import path from "node:path";
import { createEmbedding, type Embedding } from "./app-embedding.ts";
import { createChunker } from "./app-chunker.ts";
import type { Config } from "./settings.ts";
import { currentChunks } from "./indexer/current-chunks.ts";
import { indexProject, type IndexOutcome, type IndexProjectOptions } from "./indexer/index-project.ts";
import { createLogger, type Logger } from "./log.ts";
import type { IndexState } from "./search/answer.ts";
import { indexStateOf } from "./search/index-state.ts";
import { type CodeSearch, createCodeSearch } from "./search/search-code.ts";
import { openEmbeddedStore } from "./store/embedded-store.ts";
import type { IndexStore, StoreStats } from "./store/index-store.ts";
import { openWorkspace, type Workspace } from "./workspace/workspace.ts";

export type { IndexEvent } from "./indexer/index-project.ts";

/** What `index` did, and what there is now. */
export interface IndexReport extends IndexOutcome {
  readonly workspace: string;
  readonly chunks: number;
  readonly skipped: number;
  readonly embeddedPercent: number;
  readonly embedder: string;
  readonly bytes: number;
}

/** What is indexed, how fresh it is, and what a person would ask next. */
export interface StatusReport {
  readonly workspace: string;
  readonly code: IndexState;
  readonly conversations: IndexState | null;
  /** Milliseconds since the epoch of the last committed change; null for a new index. */
  readonly updatedAt: number | null;
  readonly bytes: number;
  readonly skipped: StoreStats["skipped"];
  readonly home: string;
}

/** One workspace with everything that serves it. */
export interface App extends AsyncDisposable {
  readonly config: Config;
  readonly log: Logger;
  readonly workspace: Workspace;
  readonly store: IndexStore;
  readonly embedding: Embedding;
  readonly search: CodeSearch;
  /** Told with every answer; a background watcher sets it. */
  freshness: IndexState["freshness"];
  /** Whether the workspace was ever indexed. */
  isIndexed(): Promise<boolean>;
  index(options: IndexProjectOptions): Promise<IndexReport>;
  status(): Promise<StatusReport>;
}

export interface AppOptions {
  /** Longest wait of a search for its query's vector, in milliseconds. */
  readonly embedWaitMs?: number;
}

/**
 * Opens the workspace of a configuration. Creates the index where there is none, and loads neither model nor grammars.
 * @throws UserError `workspace.*` when it is no directory, `store.*` when its index cannot be opened.
 */
export async function openApp(config: Config, options: AppOptions = {}): Promise<App> {
  const log = createLogger(config.logLevel);
  const ignore = { include: config.include, exclude: config.exclude };
  const workspace = openWorkspace(config.workspace, { ignore });
  const { root } = workspace;
  const store = await openEmbeddedStore(indexFileOf(config.home, root), { log });
  const embedding = createEmbedding(config, log);
  const chunker = createChunker();
  const { maxFileBytes } = config;

  const search = createCodeSearch({
    store,
    embedder: () => embedding.current(),
    facts: () => ({ freshness: app.freshness, embedder: embedding.label() }),
    verify: async (paths, signal = new AbortController().signal) =>
      await currentChunks({ store, chunker, root, maxFileBytes }, paths, signal),
    ...(options.embedWaitMs === undefined ? {} : { embedWaitMs: options.embedWaitMs }),
  });

  const app: App = {
    config,
    log,
    workspace,
    store,
    embedding,
    search,
    freshness: "stale",
    isIndexed: async () => (await store.stats()).updatedAt !== null,
    index: async (run) => {
      const openEmbedder: Parameters<typeof indexProject>[0]["openEmbedder"] = async (onEvent) =>
        await embedding.open(onEvent, run.signal);
      const ports = { store, chunker, root, maxFileBytes, ignore, openEmbedder, embedBatch: config.embeddingBatchSize };
      const outcome = await indexProject(ports, run);
      return { ...outcome, workspace: root, ...summaryOf(await store.stats()), embedder: embedding.label() };
    },
    status: async () => {
      await embedding.find();
      const { updatedAt, bytes, skipped } = await store.stats();
      const code = await indexStateOf(store, { freshness: app.freshness, embedder: embedding.label() });
      return { workspace: root, code, conversations: null, updatedAt, bytes, skipped, home: config.home };
    },
    [Symbol.asyncDispose]: async () => {
      await chunker[Symbol.asyncDispose]();
      await embedding[Symbol.asyncDispose]();
      await store[Symbol.asyncDispose]();
    },
  };
  return app;
}

/** Where the index of a workspace lives: a name that people recognise, and a digest that tells equal names apart. */
function indexFileOf(home: string, workspace: string): string {
  const name =
    path
      .basename(workspace)
      .replaceAll(/[^\w.-]+/g, "-")
      .slice(0, 40) || "root";
  const digest = createHash("sha256").update(workspace).digest("hex").slice(0, 12);
  return path.join(home, "workspaces", `${name}-${digest}`, "index.db");
}

function summaryOf({ chunks, skipped, texts, embedded, bytes }: StoreStats) {
  return {
    chunks,
    skipped: skipped.reduce((sum, { count }) => sum + count, 0),
    embeddedPercent: texts === 0 ? 0 : Math.floor((100 * embedded) / texts),
    bytes,
  };
}
