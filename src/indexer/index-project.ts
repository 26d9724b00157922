import { setTimeout as sleep } from "node:timers/promises";
import type { Embedder } from "../embed/embedder.ts";
import { messageOf, UserError } from "../errors.ts";
import type { IndexStore } from "../store/index-store.ts";
import { embedPending } from "./embed-pending.ts";
import { Growth } from "./growth.ts";
import { syncCode, type SyncPorts, type SyncSummary } from "./sync-code.ts";

export type IndexEvent =
  /** Another process writes to this index; told once. */
  | { readonly stage: "waiting" }
  | { readonly stage: "reading"; readonly done: number; readonly total: number }
  | { readonly stage: "searchable"; readonly indexed: number; readonly tookMs: number }
  | { readonly stage: "downloading"; readonly what: string; readonly done: number; readonly total: number }
  | { readonly stage: "embedding"; readonly done: number; readonly total: number }
  /** Roo Code's collection is brought up to the index. */
  | { readonly stage: "sharing"; readonly done: number; readonly total: number }
  /** A server behind the store is brought what it lacks. */
  | { readonly stage: "sending"; readonly done: number; readonly total: number };

export interface IndexProjectPorts extends SyncPorts {
  /** Readies the embedder, downloading its model where needed; null where embeddings are turned off. */
  readonly openEmbedder: (onEvent: (event: IndexEvent) => void) => Promise<Embedder | null>;
  /** Whether embeddings are computed elsewhere, and may be while this process reads files. */
  readonly embedsElsewhere: boolean;
  readonly embedBatch: number;
}

export interface IndexProjectOptions {
  readonly full: boolean;
  readonly lexicalOnly: boolean;
  readonly signal: AbortSignal;
  readonly onEvent: (event: IndexEvent) => void;
}

export interface IndexOutcome extends SyncSummary {
  /** Milliseconds until everything could be found by its words. */
  readonly searchableMs: number;
  readonly tookMs: number;
  /** Why the index has no (or not all) embeddings, where that can be mended. */
  readonly notice?: string;
}

/** How often a process that waits for its turn looks whether the other one is done. */
const LEASE_POLL_MS = 250;

/** Runs both stages as the index's only writer, waiting for another one to finish first. */
export async function indexProject(ports: IndexProjectPorts, options: IndexProjectOptions): Promise<IndexOutcome> {
  const { store } = ports;
  await waitForLease(store, options);
  // The lease is renewed by every write; it ends with this run, so that the next process need not wait for it to expire.
  try {
    const started = performance.now();
    const growth = new Growth();
    const failed = new AbortController();
    const signal = AbortSignal.any([options.signal, failed.signal]);
    let isSearchable = false;
    const onEvent = (event: IndexEvent) => void (isSearchable && options.onEvent(event));
    const embed = () => runEmbedding(ports, { ...options, signal, onEvent }, growth);
    const ahead = ports.embedsElsewhere && !options.lexicalOnly ? embed() : null;
    // It is awaited in its turn; until then its failure must not count as unhandled.
    ahead?.catch(() => {});
    let sync: SyncSummary;
    try {
      sync = await runSync(ports, options, growth);
    } catch (error) {
      failed.abort(error);
      await ahead?.catch(() => {});
      throw error;
    }
    growth.end();
    const searchableMs = performance.now() - started;
    options.onEvent({ stage: "searchable", indexed: sync.indexed, tookMs: searchableMs });
    isSearchable = true;
    const notice = options.lexicalOnly ? undefined : await (ahead ?? embed());
    if (!options.lexicalOnly) await settle(store, options);
    const outcome = { ...sync, searchableMs, tookMs: performance.now() - started };
    return notice === undefined ? outcome : { ...outcome, notice };
  } finally {
    await store.releaseLease();
  }
}

/** Brings a server behind the store up to date, which on a first run takes a while. */
async function settle(store: IndexStore, { signal, onEvent }: IndexProjectOptions): Promise<void> {
  const onProgress = (done: number, left: number) => onEvent({ stage: "sending", done, total: done + left });
  await store.settle?.({ signal, onProgress });
}

async function waitForLease(store: IndexStore, { signal, onEvent }: IndexProjectOptions): Promise<void> {
  for (let told = false; !(await store.acquireLease()); told = true) {
    if (!told) onEvent({ stage: "waiting" });
    await sleep(LEASE_POLL_MS, undefined, { signal });
  }
}

async function runSync(
  ports: SyncPorts,
  { full, signal, onEvent }: IndexProjectOptions,
  growth: Growth,
): Promise<SyncSummary> {
  const stage = syncCode(ports, { full, signal });
  for (let step = await stage.next(); ; step = await stage.next()) {
    if (step.done === true) return step.value;
    growth.grow();
    onEvent({ stage: "reading", ...step.value });
    await ports.store.acquireLease();
  }
}

/** The reason why it could not run, where the user can mend it: search by words goes on without. */
async function runEmbedding(
  ports: IndexProjectPorts,
  options: IndexProjectOptions,
  growth: Growth,
): Promise<string | undefined> {
  const { signal, onEvent } = options;
  // A model is worth no download to a project without text.
  while ((await ports.store.stats()).texts === 0) {
    if (growth.ended) return undefined;
    await growth.wait();
    signal.throwIfAborted();
  }
  try {
    const embedder = await ports.openEmbedder(onEvent);
    if (embedder === null) return undefined;
    const { store, embedBatch } = ports;
    const stage = embedPending({ store, embedder }, { batchSize: embedBatch, signal, growth });
    for await (const { embedded, texts } of stage) {
      onEvent({ stage: "embedding", done: embedded, total: texts });
      await store.acquireLease();
    }
    return undefined;
  } catch (error) {
    if (signal.aborted || !(error instanceof UserError) || !error.code.startsWith("embedding.")) throw error;
    const hint = error.hint === undefined ? "" : ` ${error.hint}`;
    return `searching by words only: ${messageOf(error)}.${hint}`;
  }
}
