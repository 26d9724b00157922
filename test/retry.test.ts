import { describe, expect, it } from "vitest";
import { RetryableError, retryAfterMs, retrying } from "../src/retry.ts";

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
