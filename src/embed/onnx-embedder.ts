import os from "node:os";
import { UserError } from "../errors.ts";
import type { Logger } from "../log.ts";
import type { Embedder, EmbedOptions, EmbedRole } from "./embedder.ts";
import type { ModelSpec } from "./model-spec.ts";
import { runnersOf } from "./onnx/devices.ts";
import { ACCELERATOR_GROUPS, PROCESSOR_GROUPS } from "./onnx/groups.ts";
import { runtimeDirectory } from "./onnx/runtime.ts";
import { PREPARATION } from "./onnx/prepare-model.ts";
import type { StartWorker } from "./onnx/worker-link.ts";
import { allSubmitted } from "./onnx/submitted.ts";
import type { Submitted } from "./onnx/submitted.ts";
import { createWorkerPool } from "./onnx/worker-pool.ts";
import type { Embedded, Overflow } from "./onnx/worker-protocol.ts";
import { findLocalModel } from "./pull-model.ts";
import type { LocalModel } from "./pull-model.ts";

export interface OnnxSettings {
  /** The program's home, where models and the runtime lie. */
  readonly home: string;
  /** Name of the device that computes, or `auto`. */
  readonly device?: string;
  /** Threads that each hold the model and compute a text of their own (default: one per core, at most four). */
  readonly workers?: number | undefined;
  /** Threads that share the computing of one text. */
  readonly threads?: number | undefined;
  /** Workers end after so long without work; null keeps them. */
  readonly idleMs?: number | null;
  readonly residentLimitBytes?: number;
  readonly log: Logger;
  readonly start?: StartWorker;
}

export interface DetailedOptions extends EmbedOptions {
  readonly overflow: Overflow;
  /** Whose text it is: callers take turns. Null overtakes them all, which is what a query does by default. */
  readonly caller?: object | null;
}

/** An embedder on this machine, which also tells what each text cost. */
export interface OnnxEmbedder extends Embedder {
  readonly model: LocalModel;
  /** Has texts embedded; who cancels one is not told of the others. */
  submit(texts: readonly string[], options: Omit<DetailedOptions, "signal">): Submitted[];
  embedDetailed(texts: readonly string[], options: DetailedOptions): Promise<Embedded[]>;
  warmUp(): Promise<void>;
  state(): { readonly waiting: number; readonly pids: readonly number[]; readonly ready: boolean };
}

const IDLE_MS = 120_000;
/** Enough for the largest model of the catalogue and its longest window. */
const RESIDENT_LIMIT_BYTES = 1_500 << 20;
/** More threads than this cost more memory than they win time. */
const MOST_WORKERS = 4;
/** A model this large is held once: its products are large enough for threads to share them well. */
const LARGE_BYTES = 100_000_000;

/**
 * Embeds with a model of the catalogue in a worker process, which starts with the first text and ends when idle.
 * @throws UserError `embedding.model-missing` when the model was not pulled.
 */
export function createOnnxEmbedder(spec: ModelSpec, settings: OnnxSettings): OnnxEmbedder {
  const model = findLocalModel(spec, settings.home);
  if (model === null) {
    throw new UserError("embedding.model-missing", `the model ${spec.name} is not on this machine`, {
      hint: `Run \`codelab-mcp models pull ${spec.name}\`.`,
    });
  }
  const device = settings.device ?? "auto";
  const runners = runnersOf(device);
  const { workers, threads } =
    runners === null
      ? processorShare(settings, model.bytes)
      : { workers: settings.workers ?? runners, threads: settings.threads ?? 1 };
  const pool = createWorkerPool({
    load: {
      type: "load",
      runtime: runtimeDirectory(settings.home),
      graph: model.graph,
      sha256: model.sha256,
      tokenizer: model.tokenizer,
      maxTokens: spec.maxTokens,
      windowTokens: spec.windowTokens,
      threads,
      device,
    },
    runners: workers,
    groups: runners === null ? PROCESSOR_GROUPS : ACCELERATOR_GROUPS,
    idleMs: settings.idleMs === undefined ? IDLE_MS : settings.idleMs,
    residentLimitBytes: settings.residentLimitBytes ?? RESIDENT_LIMIT_BYTES,
    log: settings.log,
    ...(settings.start ? { start: settings.start } : {}),
  });
  const submit: OnnxEmbedder["submit"] = (texts, { role, overflow, caller = callerFor(role) }) => {
    const prefix = prefixOf(spec, role);
    return pool.submit(prefix === "" ? texts : texts.map((text) => prefix + text), { caller, overflow });
  };
  const embedDetailed = async (texts: readonly string[], options: DetailedOptions) => {
    options.signal?.throwIfAborted();
    return allSubmitted(submit(texts, options), options.signal);
  };
  return {
    model,
    label: `${spec.name} (${spec.precision ?? "int8"}, on this machine)`,
    dimensions: spec.dimensions,
    maxTokens: spec.windowTokens,
    fingerprint: fingerprintOf(spec),
    submit,
    embedDetailed,
    embed: async (texts, options) =>
      (await embedDetailed(texts, { ...options, overflow: "window" })).map(({ vector }) => vector),
    warmUp: () => pool.warmUp(),
    state: () => pool.state(),
    [Symbol.asyncDispose]: () => pool[Symbol.asyncDispose](),
  };
}

/** Identity of the vectors of a model of the catalogue, without loading it. */
export function fingerprintOf(spec: ModelSpec): string {
  const { name, weights, pooling, windowTokens, quantise, precision, queryPrefix, documentPrefix } = spec;
  const dtype = precision === undefined && !quantise ? "published" : `${precision ?? "int8"}-${PREPARATION}`;
  const prefixes = JSON.stringify([queryPrefix, documentPrefix]);
  return `onnx/${name}/${weights.sha256.slice(0, 16)}/${dtype}/${pooling}/${windowTokens}/${prefixes}`;
}

/**
 * Small models are held once for each core: their products are too small for threads to share, and chunks of code are
 * embedded 1.8 times as fast by two that compute a text each as by two that share one, in 0.7 of the processor time. Each
 * takes about 45 MB; the second starts only when work piles up.
 */
export function processorShare(
  asked: { readonly workers?: number | undefined; readonly threads?: number | undefined },
  modelBytes: number,
  cores: number = os.availableParallelism(),
): { readonly workers: number; readonly threads: number } {
  const most = modelBytes > LARGE_BYTES ? 1 : MOST_WORKERS;
  const workers = asked.workers ?? Math.max(1, Math.min(most, Math.floor(cores / (asked.threads ?? 1))));
  return { workers, threads: asked.threads ?? Math.max(1, Math.floor(cores / workers)) };
}

function callerFor(role: EmbedRole): object | null {
  return role === "query" ? null : {};
}

function prefixOf(spec: ModelSpec, role: EmbedRole): string {
  return role === "query" ? spec.queryPrefix : spec.documentPrefix;
}
