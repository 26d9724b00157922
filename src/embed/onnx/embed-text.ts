import { setImmediate as turn } from "node:timers/promises";
import { messageOf } from "../../errors.ts";
import { piecesOf, windowsOf } from "./text-encoder.ts";
import type { TextEncoder } from "./text-encoder.ts";
import type { Turns } from "./turns.ts";
import { meanOfWindows } from "./vectors.ts";
import type { AskedText, Embedded, Outcome } from "./worker-protocol.ts";

/** A model that was loaded. */
export interface Loaded {
  readonly encoder: TextEncoder;
  readonly turns: Turns;
  readonly maxTokens: number;
  readonly windowTokens: number;
}

/**
 * Embeds one text: encodes it, cuts it into windows, computes them. Others have their turn in between.
 * @param urgent whether it goes before all that is not
 * @param wanted whether anybody still waits for it; asked before each piece of work
 */
export async function embedText(
  model: Loaded,
  { id, text, overflow }: AskedText,
  urgent: boolean,
  wanted: () => boolean,
): Promise<Outcome> {
  try {
    const specials = model.encoder.before.length + model.encoder.after.length;
    const limit = model.maxTokens - specials;
    const ids = await encode(model.encoder, text, overflow === "truncate" ? limit + 1 : Infinity, wanted);
    if (ids.length > limit && overflow === "refuse") return { type: "too-long", id, tokens: ids.length + specials };
    const truncated = ids.length > limit && overflow === "truncate";
    const windows = windowsOf(truncated ? ids.slice(0, limit) : ids, model.windowTokens - specials);
    const computed = await run(model, windows, urgent, wanted);
    return { type: "done", id, truncated, windows: windows.length, ...computed };
  } catch (error) {
    return { type: "failed", id, message: messageOf(error) };
  }
}

/** The ids of a text, or its first ones when `most` are enough. */
async function encode(encoder: TextEncoder, text: string, most: number, wanted: () => boolean): Promise<number[]> {
  const ids: number[] = [];
  for (const piece of piecesOf(text)) {
    if (ids.length > 0) await turn();
    if (ids.length >= most || !wanted()) break;
    for (const id of encoder.encode(piece)) ids.push(id);
  }
  return ids;
}

/** One window after the other, so that a long text takes turns with what else there is. */
async function run(
  { encoder, turns }: Loaded,
  windows: readonly (readonly number[])[],
  urgent: boolean,
  wanted: () => boolean,
): Promise<Pick<Embedded, "vector" | "tokens">> {
  const parts: { vector: Float32Array; tokens: number }[] = [];
  for (const window of windows) {
    const ids = [...encoder.before, ...window, ...encoder.after];
    const vector = await turns.run({ ids, urgent, wanted });
    if (vector === null) break;
    parts.push({ vector, tokens: ids.length });
  }
  return { vector: meanOfWindows(parts), tokens: parts.reduce((sum, { tokens }) => sum + tokens, 0) };
}
