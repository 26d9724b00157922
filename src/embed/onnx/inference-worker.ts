import { readFileSync } from "node:fs";
import { setImmediate as turn } from "node:timers/promises";
import { messageOf, UserError } from "../../errors.ts";
import { sha256OfFile } from "../fetch/checksum.ts";
import { openInference } from "./inference.ts";
import type { Inference } from "./inference.ts";
import { POOLED_OUTPUT } from "./pool-graph.ts";
import { loadRuntime } from "./runtime.ts";
import { createTextEncoder, piecesOf, windowsOf } from "./text-encoder.ts";
import type { TextEncoder } from "./text-encoder.ts";
import { meanOfWindows } from "./vectors.ts";
import type { CancelMessage, EmbedMessage, Embedded, FromWorker, LoadMessage, ToWorker } from "./worker-protocol.ts";

// The runtime computes on the thread that calls it, so it has a process to itself: the caller's event loop stays free,
// a crash in native code takes nobody along, and ending it gives all its memory back.
const worker: { model?: Loaded; working: boolean; resident: { bytes: number; at: number } } = {
  working: false,
  resident: { bytes: 0, at: -Infinity },
};
const urgent = new Map<number, EmbedMessage>();
const bulk = new Map<number, EmbedMessage>();
/** Texts at which work has begun and that nobody wants any more. */
const unwanted = new Set<number>();
/** Texts at which work has begun. */
const begun = new Set<number>();

process.on("message", (message: ToWorker) => void receive(message));
process.on("disconnect", () => process.exit(0));
// Ctrl-C reaches the whole process group: whoever started this worker ends it when its work is saved.
process.on("SIGINT", () => {});

/** Memory is measured so often at most: asking the system takes as long as tokenising a text. */
const MEASURE_MS = 100;
/** Urgent texts after which one that waits has its turn: an endless stream of queries must not starve it. */
const MOST_IN_A_ROW = 8;

interface Loaded {
  readonly encoder: TextEncoder;
  readonly inference: Inference;
  readonly maxTokens: number;
  readonly windowTokens: number;
}

async function receive(message: LoadMessage | EmbedMessage | CancelMessage): Promise<void> {
  if (message.type === "load") return load(message);
  if (message.type === "cancel") {
    urgent.delete(message.id);
    bulk.delete(message.id);
    if (begun.has(message.id)) unwanted.add(message.id);
    return;
  }
  (message.urgent ? urgent : bulk).set(message.id, message);
  if (!worker.working) await work();
}

async function load(message: LoadMessage): Promise<void> {
  try {
    if (message.sha256 !== null && (await sha256OfFile(message.graph)) !== message.sha256) {
      return send({
        type: "unusable",
        code: "embedding.bad-model",
        message: `${message.graph} is corrupt`,
        hint: undefined,
      });
    }
    const encoder = createTextEncoder(JSON.parse(readFileSync(message.tokenizer, "utf8")));
    const runtime = loadRuntime(message.runtime);
    const inference = await openInference(runtime, message.graph, POOLED_OUTPUT, message);
    const { maxTokens, windowTokens } = message;
    worker.model = { encoder, inference, maxTokens, windowTokens };
    // The first run plans memory and kernels; nobody's first text should wait for it.
    await inference.run([...encoder.before, ...encoder.encode("warm up"), ...encoder.after]);
    send({ type: "ready" });
  } catch (error) {
    const code = error instanceof UserError ? error.code : "embedding.bad-model";
    const hint = error instanceof UserError ? error.hint : undefined;
    send({ type: "unusable", code, message: messageOf(error), hint });
  }
}

async function work(): Promise<void> {
  worker.working = true;
  let inARow = 0;
  for (;;) {
    // Messages that came while the last text was computed are seen here: a query overtakes, a cancelled text is gone.
    await turn();
    const patience = inARow >= MOST_IN_A_ROW ? first(bulk) : undefined;
    const next = patience ?? first(urgent) ?? first(bulk);
    if (next === undefined) break;
    inARow = next.urgent ? inARow + 1 : 0;
    await finish(next);
  }
  worker.working = false;
}

async function finish(message: EmbedMessage): Promise<void> {
  urgent.delete(message.id);
  bulk.delete(message.id);
  begun.add(message.id);
  const reply = await embed(message);
  begun.delete(message.id);
  if (!unwanted.delete(message.id)) send(reply);
}

/** Embeds whatever is urgent; between the parts of a long text, so that nobody's query waits for all of it. */
async function giveWay(to: EmbedMessage): Promise<void> {
  await turn();
  if (to.urgent) return;
  for (let done = 0; done < MOST_IN_A_ROW; done += 1) {
    const next = first(urgent);
    if (next === undefined) return;
    await finish(next);
  }
}

async function embed(message: EmbedMessage): Promise<FromWorker> {
  const { id, overflow } = message;
  const loaded = worker.model;
  if (loaded === undefined) return { type: "failed", id, message: "the model is not loaded" };
  try {
    const specials = loaded.encoder.before.length + loaded.encoder.after.length;
    const limit = loaded.maxTokens - specials;
    const ids = await encode(loaded.encoder, message, overflow === "truncate" ? limit + 1 : Infinity);
    if (ids.length > limit && overflow === "refuse") return { type: "too-long", id, tokens: ids.length + specials };
    const truncated = ids.length > limit && overflow === "truncate";
    const parts = windowsOf(truncated ? ids.slice(0, limit) : ids, loaded.windowTokens - specials);
    const computed = await run(loaded, parts, message);
    return { type: "done", id, truncated, windows: parts.length, residentBytes: residentBytes(), ...computed };
  } catch (error) {
    return { type: "failed", id, message: messageOf(error) };
  }
}

/** The ids of a text, or its first ones when `most` are enough. */
async function encode(encoder: TextEncoder, message: EmbedMessage, most: number): Promise<number[]> {
  const ids: number[] = [];
  for (const piece of piecesOf(message.text)) {
    if (ids.length > 0) await giveWay(message);
    if (ids.length >= most || unwanted.has(message.id)) break;
    for (const id of encoder.encode(piece)) ids.push(id);
  }
  return ids;
}

async function run(
  { encoder, inference }: Loaded,
  windows: readonly (readonly number[])[],
  message: EmbedMessage,
): Promise<Pick<Embedded, "vector" | "tokens">> {
  const parts: { vector: Float32Array; tokens: number }[] = [];
  for (const window of windows) {
    if (parts.length > 0) await giveWay(message);
    if (unwanted.has(message.id)) break;
    const ids = [...encoder.before, ...window, ...encoder.after];
    const { values } = await inference.run(ids);
    parts.push({ vector: values.slice(), tokens: ids.length });
  }
  return { vector: meanOfWindows(parts), tokens: parts.reduce((sum, { tokens }) => sum + tokens, 0) };
}

function residentBytes(): number {
  const now = performance.now();
  if (now - worker.resident.at > MEASURE_MS) worker.resident = { bytes: process.memoryUsage.rss(), at: now };
  return worker.resident.bytes;
}

function first(lane: ReadonlyMap<number, EmbedMessage>): EmbedMessage | undefined {
  return lane.values().next().value;
}

function send(message: FromWorker): void {
  process.send?.(message);
}
