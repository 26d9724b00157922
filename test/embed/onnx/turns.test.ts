import { setImmediate as turn } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { createTurns } from "../../../src/embed/onnx/turns.ts";
import type { Window } from "../../../src/embed/onnx/turns.ts";

/** A model that computes when it is told to; windows are told apart by their first id. */
function setUp() {
  const begun: number[] = [];
  let settle: { end: () => void; fail: (error: Error) => void } | undefined;
  const turns = createTurns((ids) => {
    begun.push(ids[0] ?? 0);
    return new Promise((resolve, reject) => {
      settle = { end: () => resolve(Float32Array.of(ids[0] ?? 0)), fail: reject };
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
