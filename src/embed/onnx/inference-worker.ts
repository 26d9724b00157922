import { readFileSync } from "node:fs";
import { setImmediate as turn } from "node:timers/promises";
import { messageOf } from "../../errors.ts";
import { sha256OfFile } from "../fetch/checksum.ts";
import { openInference } from "./inference.ts";
import type { Inference } from "./inference.ts";
import { POOLED_OUTPUT } from "./pool-graph.ts";
import { loadRuntime } from "./runtime.ts";
import { createTextEncoder, windowsOf } from "./text-encoder.ts";
import type { TextEncoder } from "./text-encoder.ts";
import { meanOfWindows } from "./vectors.ts";
import type { CancelMessage, EmbedMessage, Embedded, FromWorker, LoadMessage, ToWorker } from "./worker-protocol.ts";

// The runtime computes on the thread that calls it, so it has a process to itself: the caller's event loop stays free,
// a crash in native code takes nobody along, and ending it gives all its memory back.
const worker: { model?: Loaded; working: boolean } = { working: false };
const urgent = new Map<number, EmbedMessage>();
const bulk = new Map<number, EmbedMessage>();

process.on("message", (message: ToWorker) => void receive(message));
process.on("disconnect", () => process.exit(0));
// Ctrl-C reaches the whole process group: whoever started this worker ends it when its work is saved.
process.on("SIGINT", () => {});

interface Loaded {
  readonly encoder: TextEncoder;
  readonly inference: Inference;
  readonly windowTokens: number;
}

async function receive(message: LoadMessage | EmbedMessage | CancelMessage): Promise<void> {
  if (message.type === "load") return load(message);
  if (message.type === "cancel") {
    urgent.delete(message.id);
    bulk.delete(message.id);
    return;
  }
  (message.urgent ? urgent : bulk).set(message.id, message);
  if (!worker.working) await work();
}

async function load(message: LoadMessage): Promise<void> {
  try {
    if (message.sha256 !== null && (await sha256OfFile(message.graph)) !== message.sha256) {
      return send({ type: "unusable", code: "embedding.bad-model", message: `${message.graph} is corrupt` });
    }
    const encoder = createTextEncoder(JSON.parse(readFileSync(message.tokenizer, "utf8")));
    const runtime = loadRuntime(message.runtime);
    const inference = await openInference(runtime, message.graph, POOLED_OUTPUT, message);
    worker.model = { encoder, inference, windowTokens: message.windowTokens };
    // The first run plans memory and kernels; nobody's first text should wait for it.
    await inference.run([...encoder.before, ...encoder.encode("warm up"), ...encoder.after]);
    send({ type: "ready" });
  } catch (error) {
    send({ type: "unusable", code: "embedding.bad-model", message: messageOf(error) });
  }
}

async function work(): Promise<void> {
  worker.working = true;
  for (;;) {
    // Messages that came while the last text was computed are seen here: a query overtakes, a cancelled text is gone.
    await turn();
    const next = first(urgent) ?? first(bulk);
    if (next === undefined) break;
    urgent.delete(next.id);
    bulk.delete(next.id);
    send(await embed(next));
  }
  worker.working = false;
}

async function embed({ id, text, overflow }: EmbedMessage): Promise<FromWorker> {
  const loaded = worker.model;
  if (loaded === undefined) return { type: "failed", id, message: "the model is not loaded" };
  try {
    const { encoder, windowTokens } = loaded;
    const room = windowTokens - encoder.before.length - encoder.after.length;
    const ids = encoder.encode(text);
    const truncated = ids.length > room && overflow === "truncate";
    if (ids.length > room && overflow === "refuse") return { type: "too-long", id, tokens: ids.length };
    const windows = windowsOf(truncated ? ids.slice(0, room) : ids, room);
    return { type: "done", id, truncated, residentBytes: process.memoryUsage.rss(), ...(await run(loaded, windows)) };
  } catch (error) {
    return { type: "failed", id, message: messageOf(error) };
  }
}

async function run(
  { encoder, inference }: Loaded,
  windows: readonly (readonly number[])[],
): Promise<Pick<Embedded, "vector" | "tokens">> {
  const parts: { vector: Float32Array; tokens: number }[] = [];
  for (const window of windows) {
    const ids = [...encoder.before, ...window, ...encoder.after];
    const { values } = await inference.run(ids);
    parts.push({ vector: values.slice(), tokens: ids.length });
  }
  return { vector: meanOfWindows(parts), tokens: parts.reduce((sum, { tokens }) => sum + tokens, 0) };
}

function first(lane: ReadonlyMap<number, EmbedMessage>): EmbedMessage | undefined {
  return lane.values().next().value;
}

function send(message: FromWorker): void {
  process.send?.(message);
}
