import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { countCalls, warmUp } from "../../src/app/warm-up.ts";
import { createLogger } from "../../src/log.ts";
import type { Outcome } from "../../src/mcp/outcome.ts";
import type { ToolRunner } from "../../src/mcp/run-tool.ts";
import type { Call } from "../../src/tools/call.ts";

const log = createLogger("silent");
const caller = { principal: "local", session: "s", client: "c" };
const call: Call = { caller, signal: new AbortController().signal, progress: () => {} };
const done: Outcome = { kind: "done", isError: false, code: null, blocks: ["ok"], data: undefined };

/** A runner whose calls end when they are told to. */
function heldRunner() {
  const ends: (() => void)[] = [];
  const runner: ToolRunner = {
    run: () => new Promise((resolve) => ends.push(() => resolve(done))),
    read: () => Promise.reject(new Error("unreadable")),
  };
  return { runner, ends };
}

/** A search of so many rehearsals that counts those that took place. */
function rehearsed(steps: number) {
  const search = {
    done: 0,
    async *rehearse(signal: AbortSignal): AsyncGenerator<void> {
      for (let step = 0; step < steps; step++) {
        signal.throwIfAborted();
        search.done++;
        yield;
      }
    },
  };
  return search;
}

describe("calls that are counted", () => {
  it("pass through, and are quiet again only a while after the last one ended, however it ended", async () => {
    const held = heldRunner();
    let now = 1_000;
    const { runner, isQuiet } = countCalls(held.runner, () => now);
    expect(isQuiet()).toBe(true);
    const [first, second] = [runner.run("a", {}, call), runner.run("b", {}, call)];
    expect(isQuiet()).toBe(false);
    held.ends[0]?.();
    expect(await first).toBe(done);
    now += 1_000;
    expect(isQuiet()).toBe(false);
    held.ends[1]?.();
    await second;
    expect(isQuiet()).toBe(false);
    now += 1_000;
    expect(isQuiet()).toBe(true);
    const resource = { name: "r" } as Parameters<ToolRunner["read"]>[0];
    await expect(runner.read(resource, "", call)).rejects.toThrow("unreadable");
    expect(isQuiet()).toBe(false);
    now += 1_000;
    expect(isQuiet()).toBe(true);
  });
});

describe("warming up", () => {
  it("rehearses to the end while nobody asks", async () => {
    const search = rehearsed(5);
    await warmUp(search, { isQuiet: () => true, signal: new AbortController().signal, log });
    expect(search.done).toBe(5);
  });

  it("stands still while somebody does, and ends with its signal", async () => {
    const search = rehearsed(10_000);
    let isQuiet = false;
    const stop = new AbortController();
    const warming = warmUp(search, { isQuiet: () => isQuiet, signal: stop.signal, log });
    await sleep(200);
    expect(search.done).toBe(0);
    isQuiet = true;
    await expect.poll(() => search.done).toBeGreaterThan(1);
    isQuiet = false;
    stop.abort();
    await warming;
    expect(search.done).toBeLessThan(10_000);
  });

  it("never throws: a search that fails is left to those who ask", async () => {
    const search = {
      async *rehearse(): AsyncGenerator<void> {
        yield;
        throw new Error("the index is locked");
      },
    };
    await expect(warmUp(search, { isQuiet: () => true, signal: new AbortController().signal, log })).resolves.toBe(
      undefined,
    );
  });
});
