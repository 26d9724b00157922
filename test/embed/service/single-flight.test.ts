import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createSingleFlight, type Computation } from "../../../src/embed/service/single-flight.ts";

/** Computations that are ended by hand, by their key. */
class Bench {
  readonly started: string[] = [];
  readonly cancelled: string[] = [];
  readonly #open = new Map<string, { resolve: (value: string) => void; reject: (error: unknown) => void }>();

  /** Starts those of `keys` at the places asked for. */
  start(keys: readonly string[]) {
    return (places: readonly number[]): Computation<string>[] => places.map((place) => this.#begin(keys[place] ?? ""));
  }

  finish(key: string): void {
    this.#open.get(key)?.resolve(`value of ${key}`);
    this.#open.delete(key);
  }

  fail(key: string): void {
    this.#open.get(key)?.reject(new Error(`${key} is broken`));
    this.#open.delete(key);
  }

  #begin(key: string): Computation<string> {
    this.started.push(key);
    const result = new Promise<string>((resolve, reject) => this.#open.set(key, { resolve, reject }));
    const cancel = (reason: unknown) => {
      if (!this.#open.has(key)) return;
      this.cancelled.push(key);
      this.#open.get(key)?.reject(reason);
      this.#open.delete(key);
    };
    return { result, cancel };
  }
}

function setUp() {
  const flights = createSingleFlight<string>();
  const bench = new Bench();
  const join = (keys: readonly string[], signal = new AbortController().signal) =>
    flights.join(keys, signal, bench.start(keys));
  return { flights, bench, join };
}

describe("createSingleFlight", () => {
  it("runs what several want once, and again when it is over", async () => {
    const { flights, bench, join } = setUp();
    const [first, second] = [join(["a", "b"]), join(["b", "c"])];
    expect(bench.started).toEqual(["a", "b", "c"]);
    for (const key of ["c", "b", "a"]) bench.finish(key);
    expect(await first).toEqual(["value of a", "value of b"]);
    expect(await second).toEqual(["value of b", "value of c"]);
    expect(flights.size).toBe(0);
    const again = join(["b"]);
    bench.finish("b");
    expect(await again).toEqual(["value of b"]);
    expect(bench.started).toEqual(["a", "b", "c", "b"]);
  });

  it("cancels only what the last one left", async () => {
    const { bench, join } = setUp();
    const [leaving, staying] = [new AbortController(), new AbortController()];
    const left = join(["shared", "alone"], leaving.signal);
    const stayed = join(["shared"], staying.signal);
    leaving.abort(new Error("left"));
    await expect(left).rejects.toThrow("left");
    expect(bench.cancelled).toEqual(["alone"]);
    bench.finish("shared");
    expect(await stayed).toEqual(["value of shared"]);
    await expect(join(["shared"], leaving.signal)).rejects.toThrow("left");
    expect(bench.started).toEqual(["shared", "alone"]);
  });

  it("starts anew what was cancelled a moment ago", async () => {
    const { bench, join } = setUp();
    const leaving = new AbortController();
    const left = join(["a"], leaving.signal);
    leaving.abort(new Error("left"));
    const next = join(["a"]);
    bench.finish("a");
    expect(await next).toEqual(["value of a"]);
    await expect(left).rejects.toThrow("left");
  });

  it("hands a failure to all, forgets it, and gives up what they waited for beside it", async () => {
    const { flights, bench, join } = setUp();
    const both = [join(["bad", "own"]), join(["bad"])];
    bench.fail("bad");
    for (const outcome of await Promise.allSettled(both)) expect(outcome.status).toBe("rejected");
    expect(bench.cancelled).toEqual(["own"]);
    await Promise.resolve();
    expect(flights.size).toBe(0);
    const again = join(["bad"]);
    bench.finish("bad");
    expect(await again).toEqual(["value of bad"]);
  });

  it("leaves no listener on a signal that outlives many requests", async () => {
    const { bench, join } = setUp();
    const connection = new AbortController();
    for (let request = 0; request < 100; request += 1) {
      const answer = join(["a", "b"], connection.signal);
      bench.finish("a");
      if (request % 2 === 0) bench.finish("b");
      else bench.fail("b");
      await answer.catch(() => {});
    }
    const own = join(["c"]);
    connection.abort();
    bench.finish("c");
    expect(await own).toEqual(["value of c"]);
    expect(bench.cancelled).toEqual([]);
  });

  it("computes nothing twice at once and loses nobody, whoever comes, leaves or fails when", async () => {
    const key = fc.constantFrom("a", "b", "c", "d");
    const step = fc.oneof(
      fc.record({ do: fc.constant("join" as const), keys: fc.uniqueArray(key, { minLength: 1 }) }),
      fc.record({ do: fc.constant("leave" as const), who: fc.nat(20) }),
      fc.record({ do: fc.constantFrom("finish" as const, "fail" as const), key }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 30 }), async (steps) => {
        const { flights, bench, join } = setUp();
        const joined: { gone: AbortController; settled: Promise<unknown>; keys: readonly string[] }[] = [];
        for (const each of steps) {
          if (each.do === "join") {
            const gone = new AbortController();
            const settled = join(each.keys, gone.signal).catch((error: unknown) => error);
            joined.push({ gone, settled, keys: each.keys });
          } else if (each.do === "leave") joined[each.who]?.gone.abort(new Error("left"));
          else bench[each.do](each.key);
          await new Promise((resolve) => setImmediate(resolve));
          expect(flights.size).toBeLessThanOrEqual(4);
        }
        for (const name of ["a", "b", "c", "d"]) bench.finish(name);
        for (const { settled, keys } of joined) {
          const outcome = await settled;
          if (outcome instanceof Error) expect(outcome.message).toMatch(/left|broken/);
          else expect(outcome).toEqual(keys.map((each) => `value of ${each}`));
        }
        expect(flights.size).toBe(0);
      }),
    );
  });
});
