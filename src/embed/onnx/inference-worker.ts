import { readFileSync } from "node:fs";
import { setImmediate as turn } from "node:timers/promises";
import { messageOf } from "../../errors.ts";
import { sha256OfFile } from "../fetch/checksum.ts";
import { createRunners, startRunner } from "./runners.ts";
import type { Runners } from "./runners.ts";
import { createTextEncoder, piecesOf, windowsOf } from "./text-encoder.ts";
import type { TextEncoder } from "./text-encoder.ts";
import { meanOfWindows } from "./vectors.ts";
import type { EmbedMessage, Embedded, FromWorker, LoadMessage, ToWorker } from "./worker-protocol.ts";

// A process of its own, whose threads compute: a crash in native code takes nobody else along, ending it gives all its
// memory back, and threads of one process share what two processes would each hold.
const worker: { model?: Loaded; resident: { bytes: number; at: number } } = { resident: { bytes: 0, at: -Infinity } };
/** Texts that are being worked on, or wait for a thread. */
const wanted = new Set<number>();

process.on("message", (message: ToWorker) => void receive(message));
process.on("disconnect", () => process.exit(0));
// Ctrl-C reaches the whole process group: whoever started this worker ends it when its work is saved.
process.on("SIGINT", () => {});

/** Memory is measured so often at most: asking the system takes as long as tokenising a text. */
const MEASURE_MS = 100;

interface Loaded {
  readonly encoder: TextEncoder;
  readonly runners: Runners;
  readonly maxTokens: number;
  readonly windowTokens: number;
}

async function receive(message: ToWorker): Promise<void> {
  if (message.type === "load") return load(message);
  if (message.type === "cancel") return void wanted.delete(message.id);
  const { model } = worker;
  // A thread for which there is no room is done without: the others go on.
  if (message.type === "widen") return (await model?.runners.add()) === null ? send({ type: "ready" }) : undefined;
  if (model === undefined) return send({ type: "failed", id: message.id, message: "the model is not loaded" });
  wanted.add(message.id);
  const reply = await embed(model, message);
  if (wanted.delete(message.id)) send(reply);
}

async function load(message: LoadMessage): Promise<void> {
  const unusable = (error: unknown) =>
    send({ type: "unusable", code: "embedding.bad-model", message: messageOf(error), hint: undefined });
  try {
    if (message.sha256 !== null && (await sha256OfFile(message.graph)) !== message.sha256)
      return unusable(`${message.graph} is corrupt`);
    const { runtime, graph, threads, device, maxTokens, windowTokens } = message;
    const encoder = createTextEncoder(JSON.parse(readFileSync(message.tokenizer, "utf8")));
    const warmUp = [...encoder.before, ...encoder.encode("warm up"), ...encoder.after];
    const runners = createRunners(() => startRunner({ runtime, graph, threads, device, warmUp }));
    const failed = await runners.add();
    if (failed !== null) return send(failed);
    worker.model = { encoder, runners, maxTokens, windowTokens };
    send({ type: "ready" });
  } catch (error) {
    unusable(error);
  }
}

async function embed(model: Loaded, message: EmbedMessage): Promise<FromWorker> {
  const { id, overflow } = message;
  try {
    const specials = model.encoder.before.length + model.encoder.after.length;
    const limit = model.maxTokens - specials;
    const ids = await encode(model.encoder, message, overflow === "truncate" ? limit + 1 : Infinity);
    if (ids.length > limit && overflow === "refuse") return { type: "too-long", id, tokens: ids.length + specials };
    const truncated = ids.length > limit && overflow === "truncate";
    const windows = windowsOf(truncated ? ids.slice(0, limit) : ids, model.windowTokens - specials);
    const computed = await run(model, windows, message);
    return { type: "done", id, truncated, windows: windows.length, residentBytes: residentBytes(), ...computed };
  } catch (error) {
    return { type: "failed", id, message: messageOf(error) };
  }
}

/** The ids of a text, or its first ones when `most` are enough. Others have their turn between the pieces of a long one. */
async function encode(encoder: TextEncoder, message: EmbedMessage, most: number): Promise<number[]> {
  const ids: number[] = [];
  for (const piece of piecesOf(message.text)) {
    if (ids.length > 0) await turn();
    if (ids.length >= most || !wanted.has(message.id)) break;
    for (const id of encoder.encode(piece)) ids.push(id);
  }
  return ids;
}

/** One window after the other, so that a long text keeps one thread at most from others. */
async function run(
  { encoder, runners }: Loaded,
  windows: readonly (readonly number[])[],
  { id, urgent }: EmbedMessage,
): Promise<Pick<Embedded, "vector" | "tokens">> {
  const parts: { vector: Float32Array; tokens: number }[] = [];
  for (const window of windows) {
    const ids = [...encoder.before, ...window, ...encoder.after];
    const vector = await runners.run({ ids, urgent, wanted: () => wanted.has(id) });
    if (vector === null) break;
    parts.push({ vector, tokens: ids.length });
  }
  return { vector: meanOfWindows(parts), tokens: parts.reduce((sum, { tokens }) => sum + tokens, 0) };
}

function residentBytes(): number {
  const now = performance.now();
  if (now - worker.resident.at > MEASURE_MS) worker.resident = { bytes: process.memoryUsage.rss(), at: now };
  return worker.resident.bytes;
}

function send(message: FromWorker): void {
  process.send?.(message);
}
