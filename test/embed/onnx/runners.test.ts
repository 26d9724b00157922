import { setImmediate as turn } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { createRunners } from "../../../src/embed/onnx/runners.ts";
import type { Runner, Window } from "../../../src/embed/onnx/runners.ts";

/** A thread that computes when it is told to; windows are told apart by their first id. */
class FakeRunner implements Runner {
  readonly begun: number[];
  #end: (() => void) | undefined;
  #fail: ((error: Error) => void) | undefined;

  constructor(begun: number[]) {
    this.begun = begun;
  }

  compute(ids: readonly number[]): Promise<Float32Array> {
    this.begun.push(ids[0] ?? 0);
    return new Promise((resolve, reject) => {
      this.#end = () => resolve(Float32Array.of(ids[0] ?? 0));
      this.#fail = reject;
    });
  }

  async end(): Promise<void> {
    this.#end?.();
    await turn();
  }

  async fail(): Promise<void> {
    this.#fail?.(new Error("out of memory"));
    await turn();
  }
}

async function setUp(threads: number) {
  const begun: number[] = [];
  const fakes: FakeRunner[] = [];
  const runners = createRunners(() => {
    const runner = new FakeRunner(begun);
    fakes.push(runner);
    return Promise.resolve(runner);
  });
  for (let thread = 0; thread < threads; thread += 1) await runners.add();
  const run = (id: number, window: Partial<Window> = {}) =>
    runners.run({ ids: [id], urgent: false, wanted: () => true, ...window });
  return { runners, fakes, begun, run };
}

describe("createRunners", () => {
  it("computes as many windows at once as there are threads, the others in order", async () => {
    const { fakes, begun, run } = await setUp(2);
    const vectors = [1, 2, 3, 4].map((id) => run(id));
    expect(begun).toHaveLength(2);
    for (let round = 0; round < 2; round += 1) for (const fake of fakes) await fake.end();
    expect(begun).toEqual([1, 2, 3, 4]);
    expect((await Promise.all(vectors)).map((vector) => vector?.[0])).toEqual([1, 2, 3, 4]);
  });

  it("takes what is urgent first, but not for ever", async () => {
    const { fakes, begun, run } = await setUp(1);
    void run(1);
    void run(2);
    for (let query = 0; query < 20; query += 1) void run(100 + query, { urgent: true });
    for (let round = 0; round < 11; round += 1) await fakes[0]?.end();
    expect(begun.slice(0, 3)).toEqual([1, 100, 101]);
    expect(begun.indexOf(2)).toBe(9);
    expect(begun.slice(10)).toEqual([108, 109]);
  });

  it("passes over what nobody wants any more when its turn comes", async () => {
    const { fakes, begun, run } = await setUp(1);
    let wanted = true;
    void run(1);
    const left = run(2, { wanted: () => wanted });
    const last = run(3);
    wanted = false;
    await fakes[0]?.end();
    expect(await left).toBeNull();
    await fakes[0]?.end();
    expect((await last)?.[0]).toBe(3);
    expect(begun).toEqual([1, 3]);
  });

  it("goes on with the thread after a window that failed", async () => {
    const { fakes, run } = await setUp(1);
    const failing = run(1).catch((error: unknown) => error);
    const next = run(2);
    await fakes[0]?.fail();
    expect(await failing).toMatchObject({ message: "out of memory" });
    await fakes[0]?.end();
    expect((await next)?.[0]).toBe(2);
  });

  it("says why a thread cannot compute, and keeps those that do", async () => {
    const why = { type: "unusable", code: "embedding.no-device", message: "no such device", hint: undefined } as const;
    const runners = createRunners(() => Promise.resolve(why));
    expect(await runners.add()).toEqual(why);
  });

  it("computes what waited for the first thread", async () => {
    const { runners, fakes, run } = await setUp(0);
    const early = run(7);
    await runners.add();
    await fakes[0]?.end();
    expect((await early)?.[0]).toBe(7);
  });
});
