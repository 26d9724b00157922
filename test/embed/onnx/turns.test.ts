import { setImmediate as turn } from "node:timers/promises";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createTurns } from "../../../src/embed/onnx/turns.ts";
import type { Window } from "../../../src/embed/onnx/turns.ts";

/** A model that computes when it is told to; windows are told apart by their first id. */
function setUp() {
  const begun: number[] = [];
  let settle: { end: () => void; fail: (error: Error) => void } | undefined;
  const turns = createTurns(([ids]) => {
    const id = ids?.[0] ?? 0;
    begun.push(id);
    return new Promise((resolve, reject) => {
      settle = { end: () => resolve([Float32Array.of(id)]), fail: reject };
    });
  });
  const end = async () => (settle?.end(), await turn(), await turn());
  const fail = async () => (settle?.fail(new Error("out of memory")), await turn(), await turn());
  const run = (id: number, window: Partial<Window> = {}) =>
    turns.run({ ids: [id], urgent: false, wanted: () => true, ...window });
  return { begun, end, fail, run };
}

describe("createTurns", () => {
  it("computes one window at a time, in order", async () => {
    const { begun, end, run } = setUp();
    const vectors = [1, 2, 3].map((id) => run(id));
    expect(begun).toEqual([1]);
    for (let round = 0; round < 3; round += 1) await end();
    expect(begun).toEqual([1, 2, 3]);
    expect((await Promise.all(vectors)).map((vector) => vector?.[0])).toEqual([1, 2, 3]);
  });

  it("takes what is urgent first, but not for ever", async () => {
    const { begun, end, run } = setUp();
    void run(1);
    void run(2);
    for (let query = 0; query < 20; query += 1) void run(100 + query, { urgent: true });
    for (let round = 0; round < 11; round += 1) await end();
    expect(begun.slice(0, 3)).toEqual([1, 100, 101]);
    expect(begun.indexOf(2)).toBe(9);
    expect(begun.slice(10)).toEqual([108, 109]);
  });

  it("lets what is read after a window overtake what waited for it", async () => {
    const { begun, end, run } = setUp();
    void run(1);
    void run(2);
    // Stands for a socket with a query on it, which is read when the thread is free again.
    setImmediate(() => void run(100, { urgent: true }));
    await end();
    expect(begun).toEqual([1, 100]);
  });

  it("passes over what nobody wants any more when its turn comes", async () => {
    const { begun, end, run } = setUp();
    let wanted = true;
    void run(1);
    const left = run(2, { wanted: () => wanted });
    const last = run(3);
    wanted = false;
    await end();
    expect(await left).toBeNull();
    await end();
    expect((await last)?.[0]).toBe(3);
    expect(begun).toEqual([1, 3]);
  });

  it("goes on after a window that failed, and after a pause", async () => {
    const { end, fail, run } = setUp();
    const failing = run(1).catch((error: unknown) => error);
    const next = run(2);
    await fail();
    expect(await failing).toMatchObject({ message: "out of memory" });
    await end();
    expect((await next)?.[0]).toBe(2);
    const later = run(3);
    await end();
    expect((await later)?.[0]).toBe(3);
  });
});

describe("createTurns with batches", () => {
  /** Runs windows of these lengths, all asked for at once; tells the lengths that were computed together. */
  async function lengthsTogether(lengths: readonly number[], batchTokens: number, urgent = new Set<number>()) {
    const batches: number[][] = [];
    const turns = createTurns((windows) => {
      batches.push(windows.map(({ length }) => length));
      return Promise.resolve(windows.map(({ length }) => Float32Array.of(length)));
    }, batchTokens);
    const vectors = await Promise.all(
      lengths.map((length, index) =>
        turns.run({ ids: Array.from({ length }, () => 7), urgent: urgent.has(index), wanted: () => true }),
      ),
    );
    expect(vectors.map((vector) => vector?.[0])).toEqual(lengths);
    return batches;
  }

  it("computes together what is asked for together, those of near length first", async () => {
    expect(await lengthsTogether([10, 100, 11, 90, 12], 36)).toEqual([[10, 11, 12], [100], [90]]);
    expect(await lengthsTogether([100, 10, 11, 90, 12], 210)).toEqual([
      [100, 90],
      [10, 11, 12],
    ]);
  });

  it("never computes more tokens at once than it may, padding included, but for a longer window alone", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.integer({ min: 1, max: 60 }), { minLength: 1, maxLength: 40 }),
        fc.integer({ min: 1, max: 200 }),
        async (lengths, batchTokens) => {
          const batches = await lengthsTogether(lengths, batchTokens);
          const ascending = (numbers: readonly number[]) => numbers.toSorted((a, b) => a - b);
          expect(ascending(batches.flat())).toEqual(ascending(lengths));
          for (const batch of batches) {
            if (batch.length > 1) expect(batch.length * Math.max(...batch)).toBeLessThanOrEqual(batchTokens);
          }
        },
      ),
    );
  });

  it("computes what is urgent first, together and with nothing else", async () => {
    const lengths = [20, 20, 20, 20, 5, 6];
    expect(await lengthsTogether(lengths, 1_000, new Set([4, 5]))).toEqual([
      [5, 6],
      [20, 20, 20, 20],
    ]);
  });

  it("leaves out what nobody wants, and fails all that was computed together", async () => {
    const turns = createTurns(() => Promise.reject(new Error("device lost")), 100);
    const run = (wanted: boolean) => turns.run({ ids: [1], urgent: false, wanted: () => wanted });
    const outcomes = await Promise.allSettled([run(true), run(false), run(true)]);
    expect(outcomes.map(({ status }) => status)).toEqual(["rejected", "fulfilled", "rejected"]);
  });
});
