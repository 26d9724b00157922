import path from "node:path";
import { type Conversations, openConversations } from "./app/conversations.ts";
import { createEmbedding, type Embedding } from "./app/embedding.ts";
import { createTalkEmbedding } from "./app/talk-embedding.ts";
import { openRooIndex, type RooIndex } from "./app/roo.ts";
import { createChunker } from "./chunk/chunk-pool.ts";
import { languageNamed } from "./chunk/languages.ts";
import { currentChunks } from "./indexer/current-chunks.ts";
import { indexProject, type IndexOutcome, type IndexProjectOptions } from "./indexer/index-project.ts";
import { surveyCode } from "./indexer/survey-code.ts";
import type { SyncPorts } from "./indexer/sync-code.ts";
import { createLogger, type Logger } from "./log.ts";
import { sha256 } from "./sha256.ts";
import type { IndexState } from "./search/answer.ts";
import { indexStateOf } from "./search/index-state.ts";
import type { RooWritten } from "./indexer/write-roo.ts";
import type { Rehearsal } from "./search/rehearse.ts";
import { type CodeSearch, createCodeSearch } from "./search/search-code.ts";
import type { Config } from "./settings.ts";
import type { MemoryReport } from "./indexer/transcript-report.ts";
import type { IndexStore, StoreStats } from "./store/index-store.ts";
import { openStore } from "./store/open-store.ts";
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
  /** What was written for Roo Code to read; null unless the setting asks for it. */
  readonly roo: RooWritten | null;
}

/** How many files the index has yet to follow. */
export interface Behind {
  /** New, or other by size and time than when they were indexed. */
  readonly changed: number;
  readonly removed: number;
}

/** What is indexed, how fresh it is, and what a person would ask next. */
export interface StatusReport {
  readonly workspace: string;
  readonly code: IndexState;
  /** Null while nothing was imported. */
  readonly conversations: IndexState | null;
  /** What is remembered of conversations; null while nothing was imported. */
  readonly memory: MemoryReport | null;
  /** What differs on disk from the index; null where a watcher sees to it, or nothing is indexed yet. */
  readonly behind: Behind | null;
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
  readonly search: CodeSearch & Rehearsal;
  /** What keeps the code's index up to date. */
  readonly sync: SyncPorts;
  /** Roo Code's index, where the setting joins it to ours. */
  readonly roo: RooIndex;
  /** Told with every answer; a background watcher sets it. */
  freshness: IndexState["freshness"];
  /** Opened when first asked for. */
  conversations(): Promise<Conversations>;
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
  const bare = openWorkspace(config.workspace, { hidden: config.hiddenFiles, closed: [config.home] });
  const { root, closed } = bare;
  const ignore = { include: config.include, exclude: [...config.exclude, ...closed.map((own) => ruleFor(root, own))] };
  const workspace = { ...bare, ignore };
  const store = await openStore(indexFileOf(config.home, root), {
    log,
    kind: "code",
    root,
    settings: config,
  });
  const embedding = createEmbedding(config, log);
  const talk = createTalkEmbedding(config, log, embedding);
  const roo = await openRooIndex(config, store);
  const chunker = createChunker(config.maxWorkers === undefined ? {} : { workers: config.maxWorkers });
  const sync: SyncPorts = { store, chunker, root, ignore, maxFileBytes: config.maxFileBytes };
  const facts = () => ({ freshness: app.freshness, embedder: embedding.label() });
  let conversations: Promise<Conversations> | undefined;

  const app: App = {
    config,
    log,
    workspace,
    store,
    embedding,
    sync,
    roo,
    search: createCodeSearch({
      store: roo.store,
      embedder: () => roo.queryEmbedder(embedding.current()),
      facts,
      languageNamed,
      verify: async (paths, signal) => await currentChunks(sync, paths, signal),
      ...options,
    }),
    freshness: "stale",
    // One that could not be opened is tried again by whoever asks next.
    conversations: () =>
      (conversations ??= openConversations(config, talk, log, { workspace: root, ...options }).catch(
        (error: unknown) => {
          conversations = undefined;
          throw error;
        },
      )),
    isIndexed: async () => (await store.stats()).updatedAt !== null,
    index: async (run) => {
      const openEmbedder: Parameters<typeof indexProject>[0]["openEmbedder"] = async (onEvent) => {
        const embedder = await embedding.open(onEvent, run.signal);
        return roo.embedsOwn ? embedder : null;
      };
      const { embeddingProvider, embeddingBatchSize: embedBatch } = config;
      const embedsElsewhere = embeddingProvider !== "local" && embeddingProvider !== "none";
      const outcome = await indexProject({ ...sync, openEmbedder, embedsElsewhere, embedBatch }, run);
      const onProgress = (done: number, total: number) => run.onEvent({ stage: "sharing", done, total });
      const written = run.lexicalOnly ? null : await roo.write(embedding.current(), { signal: run.signal, onProgress });
      const summary = summaryOf(await roo.store.stats());
      return { ...outcome, workspace: root, ...summary, embedder: embedding.label(), roo: written };
    },
    status: async () => {
      await embedding.find();
      const { updatedAt, bytes, skipped } = await store.stats();
      const memory = await app.conversations();
      const talk = await memory.state();
      const behind = updatedAt === null || app.freshness !== "stale" ? null : await behindOf(sync);
      const isCurrent = behind?.changed === 0 && behind.removed === 0;
      return {
        workspace: root,
        code: await indexStateOf(roo.store, { ...facts(), ...(isCurrent && { freshness: "fresh" }) }),
        behind,
        conversations: talk.files === 0 ? null : talk,
        memory: talk.files === 0 ? null : await memory.report(),
        updatedAt,
        bytes,
        skipped,
        home: config.home,
      };
    },
    [Symbol.asyncDispose]: async () => {
      await chunker[Symbol.asyncDispose]();
      await talk[Symbol.asyncDispose]();
      await embedding[Symbol.asyncDispose]();
      // What could not be opened was told to whoever asked for it, and has nothing to close.
      await (await conversations?.catch(() => undefined))?.[Symbol.asyncDispose]();
      await store[Symbol.asyncDispose]();
    },
  };
  return app;
}

/** Where the index of a workspace lives: a name that people recognise, and a digest that tells equal names apart. */
export function indexFileOf(home: string, workspace: string): string {
  const name =
    path
      .basename(workspace)
      .replaceAll(/[^\w.-]+/g, "-")
      .slice(0, 40) || "root";
  const digest = sha256(workspace).slice(0, 12);
  return path.join(home, "workspaces", `${name}-${digest}`, "index.db");
}

async function behindOf(ports: SyncPorts): Promise<Behind> {
  const { changed, removed, known } = await surveyCode(ports, { signal: new AbortController().signal });
  // What could not be read is tried at each indexing, but waits for none.
  const awaited = changed.filter(({ path }) => known.get(path)?.skipped !== "unreadable");
  return { changed: awaited.length, removed: removed.length };
}

/** The files are those in the index, as `status` counts them, without those that were left out. */
function summaryOf({ files, chunks, skipped, texts, embedded, bytes }: StoreStats) {
  return {
    files,
    chunks,
    skipped: skipped.reduce((sum, { count }) => sum + count, 0),
    embeddedPercent: texts === 0 ? 0 : Math.floor((100 * embedded) / texts),
    bytes,
  };
}

/** The line of an ignore file that means just this directory below `root`. */
function ruleFor(root: string, directory: string): string {
  const relative = path.relative(root, directory).split(path.sep).join("/");
  return `/${relative.replaceAll(/[\\*?[\]! #]/g, String.raw`\$&`)}/`;
}
