import { existsSync } from "node:fs";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { homeDirectory } from "../home-directory.ts";
import type { TalkEmbedding } from "./talk-embedding.ts";

import { DEFAULT_LIMIT } from "../chunk/limits.ts";
import type { TextLimit } from "../transcripts/split-text.ts";
import { embedPending } from "../indexer/embed-pending.ts";
import { type ForgetRequest, forgetTranscripts, type ForgetSummary } from "../indexer/forget-transcripts.ts";
import {
  createTranscriptImporter,
  type ImportSummary,
  type TranscriptImporter,
} from "../indexer/import-transcripts.ts";
import { type ConversationPage, type ConversationRequest, readConversation } from "../indexer/transcript-archive.ts";
import { type LogReport, type MemoryReport, reportLogs, reportMemory } from "../indexer/transcript-report.ts";
import { UserError } from "../errors.ts";
import type { Logger } from "../log.ts";
import type { IndexState } from "../search/answer.ts";
import { indexStateOf } from "../search/index-state.ts";
import { type ConversationSearch, createConversationSearch } from "../search/search-conversations.ts";
import type { Config } from "../settings.ts";
import type { IndexStore } from "../store/index-store.ts";
import { openStore } from "../store/open-store.ts";
import { projectOf } from "../transcripts/session-facts.ts";

/** The user's past conversations, of all projects, in one index. */
export interface Conversations extends AsyncDisposable {
  readonly store: IndexStore;
  /** Folders of logs. */
  readonly roots: readonly string[];
  readonly importer: TranscriptImporter;
  readonly search: ConversationSearch;
  freshness: IndexState["freshness"];
  state(): Promise<IndexState>;
  report(): Promise<MemoryReport>;
  /** Each log in the index. */
  logs(): Promise<LogReport[]>;
  read(request: ConversationRequest): Promise<ConversationPage>;
  /** Imports what is new, as the index's writer; null while another process is. */
  sync(check: "quick" | "full", signal: AbortSignal): Promise<ImportSummary | null>;
  embed(signal: AbortSignal, onProgress?: (done: number, total: number) => void): Promise<void>;
  forget(request: ForgetRequest): Promise<ForgetSummary>;
}

export interface ConversationOptions {
  /** Real path of the workspace, whose conversations come first. */
  readonly workspace: string;
  readonly embedWaitMs?: number | undefined;
}

/** Where Claude Code keeps its logs, as the configuration or Claude Code's own variable says. */
export function conversationRoots({ claudeLogsPath, claudeConfigDir }: Config): string[] {
  if (claudeLogsPath !== undefined) return [claudeLogsPath];
  const home = homeDirectory();
  const own = claudeConfigDir ?? (home === null ? null : path.join(home, ".claude"));
  return own === null ? [] : [path.join(own, "projects")];
}

/** Where the index of conversations is kept. */
export function conversationsFile({ home }: Config): string {
  return path.join(home, "conversations", "index.db");
}

/** Opens the index of conversations, creating it where there is none. */
export async function openConversations(
  config: Config,
  embedding: TalkEmbedding,
  log: Logger,
  { workspace, embedWaitMs }: ConversationOptions,
): Promise<Conversations> {
  const roots = conversationRoots(config);
  const store = await openStore(conversationsFile(config), {
    log,
    kind: "conversations",
    root: roots.join(path.delimiter),
    settings: config,
  });
  const cut = { ...PROSE_LIMIT, chunkSize: config.chunkSize };
  const importer = createTranscriptImporter({
    roots,
    store,
    cut,
    logger: log,
    parallelHashes: config.maxParallelHashes,
    verbose: config.verboseChecks,
    batchSize: config.batchSize,
    ...(config.cpuShare < 100 && { pause: restFor(config.cpuShare) }),
  });
  const facts = () => ({ freshness: conversations.freshness, embedder: embedding.label() });
  const search = createConversationSearch({
    store,
    embedder: async () => {
      await embedding.find();
      return embedding.fitting(await store.vectorSpace());
    },
    facts,
    currentProject: projectOf(workspace),
    logExists: existsSync,
    projects: async () => (await reportMemory(store)).projects.map(({ project }) => project),
    now: Date.now,
    ...(embedWaitMs === undefined ? {} : { embedWaitMs }),
  });
  const conversations: Conversations = {
    store,
    roots,
    importer,
    search,
    freshness: "stale",
    state: async () => {
      await embedding.find();
      return await indexStateOf(store, facts());
    },
    report: async () => await reportMemory(store),
    logs: async () => await reportLogs(store),
    read: async (request) => await readConversation(store, request),
    sync: async (check, signal) => {
      if (!(await store.acquireLease())) return null;
      try {
        importer.reset();
        const summary = await importer.sweep({ check, signal });
        if (embedding.current() === null) await store.settle?.({ signal });
        return summary;
      } finally {
        await store.releaseLease();
      }
    },
    embed: async (signal, onProgress = () => {}) => {
      await embedding.open(() => {}, signal);
      // What is to be forgotten for good must not lie in a cache as well.
      const embedder = embedding.filling(await store.vectorSpace());
      if (embedder === null) return;
      const stage = embedPending({ store, embedder }, { batchSize: config.embeddingBatchSize, signal });
      for await (const { embedded, texts } of stage) onProgress(embedded, texts);
      await store.settle?.({ signal });
    },
    forget: async (request) => {
      await waitForLease(store);
      try {
        return await forgetTranscripts(store, request);
      } finally {
        await store.releaseLease();
      }
    },
    [Symbol.asyncDispose]: async () => await store[Symbol.asyncDispose](),
  };
  return conversations;
}

/** Waits after work so long that work is `share` percent of the whole. */
function restFor(share: number): (workedMs: number, signal?: AbortSignal) => Promise<void> {
  return async (workedMs, signal) =>
    await sleep(workedMs * (100 / share - 1), undefined, signal === undefined ? {} : { signal });
}

/** A watcher gives the lease back after each refresh; one that embeds for hours does not. */
async function waitForLease(store: IndexStore): Promise<void> {
  for (let round = 0; !(await store.acquireLease()); round += 1) {
    if (round >= LEASE_ROUNDS) {
      throw new UserError("store.busy", "Another codelab-mcp is writing to the index of conversations.", {
        hint: "Wait for it to finish, or stop it, and run this again.",
      });
    }
    await sleep(LEASE_ROUND_MS);
  }
}

const LEASE_ROUNDS = 40;
const LEASE_ROUND_MS = 250;

/**
 * The bound that holds for code is half as much again too high for talk (measured: 95 of 100 exchanges have fewer than
 * two thirds of it). Chunks cut by it would be too small to be understood; the rare longer one is embedded in windows.
 */
const PROSE_LIMIT: TextLimit = {
  maxTokens: DEFAULT_LIMIT.maxTokens,
  measure: (text) => Math.ceil(DEFAULT_LIMIT.measure(text) / 1.5),
};
