import { readFileSync } from "node:fs";
import { Socket } from "node:net";
import { isMainThread, Worker, workerData } from "node:worker_threads";
import { messageOf, UserError } from "../../errors.ts";
import { workerUrl } from "../../worker-url.ts";
import { sha256OfFile } from "../fetch/checksum.ts";
import { embedText, type Loaded } from "./embed-text.ts";
import { openInference } from "./inference.ts";
import { POOLED_OUTPUT } from "./pool-graph.ts";
import { loadRuntime } from "./runtime.ts";
import { createTextEncoder } from "./text-encoder.ts";
import { createTurns, type Compute } from "./turns.ts";
import {
  type EmbedMessage,
  FIRST_LINE,
  type FromWorker,
  type LoadMessage,
  type Outcome,
  type ToWorker,
} from "./worker-protocol.ts";
import { readMessages, writeMessage } from "./worker-wire.ts";

// A process of its own computes: a crash in native code takes nobody else along, and ending it gives all its memory back.
// Its main thread and each further one hold the model once, and have a line of their own to who asks: no text is handed
// from thread to thread. The runtime computes on the thread that calls it, so a line is read between two windows.
const line = isMainThread ? 0 : Number(workerData);
const socket = new Socket({ fd: FIRST_LINE + line });
const state: { model?: Loaded; measuredAt: number; sinceCollection: number } = {
  measuredAt: -Infinity,
  sinceCollection: 0,
};
/** Texts that are being worked on, or wait for their turn. */
const wanted = new Set<number>();

readMessages(socket, (message: ToWorker) => void receive(message));
if (isMainThread) {
  socket.once("close", () => process.exit(0));
  // Ctrl-C reaches the whole process group: whoever started this worker ends it when its work is saved.
  process.on("SIGINT", () => {});
}

/**
 * After so many texts garbage is collected: left to itself the heap grows to twice what is in use first. It takes some ten
 * milliseconds, of the seconds that the texts took.
 */
const TEXTS_PER_COLLECTION = 1_000;

/** Memory is measured so often at most: asking the system takes as long as tokenising a text. */
const MEASURE_MS = 1_000;

async function receive(message: ToWorker): Promise<void> {
  if (message.type === "load") return load(message);
  if (message.type === "cancel") return void wanted.delete(message.id);
  if (message.type === "widen") return widen(message.line);
  await embed(message, state.model);
}

async function embed({ texts, urgent }: EmbedMessage, model: Loaded | undefined): Promise<void> {
  for (const { id } of texts) wanted.add(id);
  const outcomes: Outcome[] = [];
  const work = texts.map(async (text) => {
    const { id } = text;
    const outcome: Outcome =
      model === undefined
        ? { type: "failed", id, message: "the model is not loaded" }
        : await embedText(model, text, urgent, () => wanted.has(id));
    if (wanted.delete(id)) outcomes.push(outcome);
  });
  await Promise.all(work);
  const now = performance.now();
  const measures = now - state.measuredAt >= MEASURE_MS;
  if (measures) state.measuredAt = now;
  send({ type: "outcomes", urgent, outcomes, ...(measures && { residentBytes: process.memoryUsage.rss() }) });
  state.sinceCollection += texts.length;
  if (state.sinceCollection < TEXTS_PER_COLLECTION) return;
  state.sinceCollection = 0;
  globalThis.gc?.();
}

async function load(message: LoadMessage): Promise<void> {
  try {
    const { runtime, graph, sha256, maxTokens, windowTokens } = message;
    if (sha256 !== null && (await sha256OfFile(graph)) !== sha256) throw new Error(`${graph} is corrupt`);
    const encoder = createTextEncoder(JSON.parse(readFileSync(message.tokenizer, "utf8")));
    const inference = await openInference(loadRuntime(runtime), graph, POOLED_OUTPUT, message);
    const compute: Compute = async (windows) => {
      const { values } = await inference.run(windows);
      const dimensions = values.length / windows.length;
      // Copied: what the runtime hands out is part of its own memory.
      return windows.map((_, row) => values.slice(row * dimensions, (row + 1) * dimensions));
    };
    // The first run plans memory and kernels; nobody's first text should wait for it.
    await compute([[...encoder.before, ...encoder.encode("warm up"), ...encoder.after]]);
    state.model = { encoder, turns: createTurns(compute, inference.batchTokens), maxTokens, windowTokens };
    send({ type: "ready" });
  } catch (error) {
    if (!isMainThread) return void socket.destroy();
    const { code, hint } = error instanceof UserError ? error : { code: "embedding.bad-model", hint: undefined };
    send({ type: "unusable", code, message: messageOf(error), hint });
  }
}

/** One thread more, which is told on its own line what to load. What one that crashes leaves is not to be trusted. */
function widen(thread: number): void {
  const worker = new Worker(workerUrl(import.meta.url, "inference-worker"), {
    workerData: thread,
    // What it leaves behind is little and short-lived: a small nursery keeps its memory small.
    resourceLimits: { maxYoungGenerationSizeMb: 2 },
  });
  worker.once("error", () => process.exit(1));
}

function send(message: FromWorker): void {
  writeMessage(socket, message);
}
