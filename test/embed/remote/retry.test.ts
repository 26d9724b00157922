import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { batchesOf, piecesOf } from "../../../src/embed/remote/batches.ts";
import { createGate } from "../../../src/embed/remote/gate.ts";
import { RetryableError, retryAfterMs, retrying } from "../../../src/embed/remote/retry.ts";

describe("retrying", () => {
  const run = async (failures: readonly Error[], attempts = 5) => {
    const waits: number[] = [];
    const left = [...failures];
    const result = retrying(
      async () => {
        const failure = left.shift();
        if (failure) throw failure;
        return "done";
      },
      {
        attempts,
        firstDelayMs: 100,
        longestDelayMs: 1_000,
        random: () => 0.5,
        wait: async (ms) => waits.push(ms),
      },
    );
    return { result: await result.catch((error: unknown) => error), waits };
  };

  it("doubles the delay and stays below its ceiling", async () => {
    const failures = Array.from({ length: 5 }, () => new RetryableError("not now"));
    expect(await run(failures, 6)).toEqual({ result: "done", waits: [50, 100, 200, 400, 500] });
  });

  it("waits at least as long as it was asked to", async () => {
    expect((await run([new RetryableError("later", { afterMs: 700 })])).waits).toEqual([750]);
  });

  it("gives up after its attempts, at once on other errors, and when asked for too much patience", async () => {
    const last = new RetryableError("third");
    expect((await run([new RetryableError("a"), new RetryableError("b"), last], 3)).result).toBe(last);
    const other = new Error("bad request");
    expect(await run([other])).toEqual({ result: other, waits: [] });
    expect((await run([new RetryableError("tomorrow", { afterMs: 86_400_000 })])).waits).toEqual([]);
  });
});

describe("retryAfterMs", () => {
  const now = Date.parse("2026-01-01T00:00:00Z");
  it.each([
    [{}, null],
    [{ "retry-after": "2" }, 2_000],
    [{ "retry-after": "Thu, 01 Jan 2026 00:00:30 GMT" }, 30_000],
    [{ "retry-after": "soon" }, null],
    [{ "retry-after-ms": "150", "retry-after": "9" }, 150],
  ])("reads %j", (headers, expected) => {
    expect(retryAfterMs(new Headers(headers as Record<string, string>), now)).toBe(expected);
  });
});

describe("piecesOf and batchesOf", () => {
  it("lose nothing, keep order and heed the bounds", () => {
    const text = fc.string({ unit: "binary", maxLength: 60 });
    fc.assert(
      fc.property(
        fc.array(text),
        fc.integer({ min: 2, max: 20 }),
        fc.integer({ min: 1, max: 5 }),
        (texts, longest, most) => {
          const pieces = piecesOf(texts, longest);
          expect(pieces.filter(({ content }) => content.length > longest + 1)).toEqual([]);
          expect(
            texts.map((_, index) =>
              pieces
                .filter((piece) => piece.text === index)
                .map((piece) => piece.content)
                .join(""),
            ),
          ).toEqual(texts);
          expect(pieces.filter(({ content }) => Buffer.from(content).toString() !== content)).toEqual([]);
          const batches = batchesOf(pieces, most, 50);
          expect(batches.flat()).toEqual(pieces);
          for (const batch of batches) {
            expect(batch.length).toBeLessThanOrEqual(most);
            expect(batch.length === 1 || batch.reduce((sum, { content }) => sum + content.length, 0) <= 50).toBe(true);
          }
        },
      ),
    );
  });
});

describe("createGate", () => {
  it("lets no more through than its width, and those who leave do not block it", async () => {
    const gate = createGate(2);
    let inside = 0;
    let most = 0;
    const task = async () => {
      inside += 1;
      most = Math.max(most, inside);
      await new Promise((resolve) => setTimeout(resolve, 2));
      inside -= 1;
    };
    const leaving = new AbortController();
    const tasks = Array.from({ length: 8 }, (_, index) => gate(task, index === 4 ? leaving.signal : undefined));
    leaving.abort(new Error("left"));
    const outcomes = await Promise.allSettled(tasks);
    expect(outcomes.filter(({ status }) => status === "rejected")).toHaveLength(1);
    expect(most).toBe(2);
    await expect(gate(async () => Promise.reject(new Error("inner")))).rejects.toThrow("inner");
    expect(await gate(async () => "still open")).toBe("still open");
  });
});
