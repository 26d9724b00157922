import { setImmediate as turn } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import type { ToWorker } from "../../../src/embed/onnx/worker-protocol.ts";
import { setUpPool } from "../fakes/fake-worker.ts";

describe("createWorkerPool", () => {
  it("starts a worker with the first text and answers in time", async () => {
    const { workers, submit } = setUpPool();
    expect(workers).toHaveLength(0);
    const answer = submit("four");
    expect(workers[0]?.received.map(({ type }) => type)).toEqual(["load"]);
    workers[0]?.ready();
    workers[0]?.answer();
    expect((await answer).tokens).toBe(4);
  });

  it("hands urgent texts out while bulk waits", async () => {
    const { workers, submit } = setUpPool({ runners: 1 });
    const bulk = Array.from({ length: 5 }, (_, index) => submit(`bulk ${index}`));
    workers[0]?.ready();
    const query = submit("query", null);
    expect(workers[0]?.texts()).toEqual(["bulk 0", "bulk 1", "query"]);
    for (let round = 0; round < 5; round += 1) workers[0]?.answer();
    expect((await query).tokens).toBe(5);
    expect(await Promise.all(bulk)).toHaveLength(5);
  });

  it("hands a batch out in a few groups, each answered at once, and a query beside them", async () => {
    const { workers, submit, submitAll } = setUpPool();
    const batch = submitAll(Array.from({ length: 60 }, (_, index) => `text ${index}`));
    const [worker] = workers;
    worker?.ready();
    worker?.ready(1);
    const query = submit("query", null);
    expect(worker?.texts().at(-1)).toBe("query");
    let groups = 0;
    while (worker?.received.length) {
      groups += worker.received.filter(({ type }) => type === "embed").length;
      worker.answer();
    }
    expect(groups).toBeLessThan(25);
    const answers = await Promise.all(batch.map(({ result }) => result));
    expect(answers.map(({ tokens }) => tokens)).toEqual(answers.map((_, index) => `text ${index}`.length));
    expect((await query).tokens).toBe(5);
  });

  it("puts queries together only where many wait and no bulk is about", async () => {
    const largest = ({ received }: { received: readonly ToWorker[] }) =>
      Math.max(...received.map((message) => (message.type === "embed" && message.urgent ? message.texts.length : 0)));
    for (const [bulk, expected] of [
      [0, 4],
      [30, 1],
    ] as const) {
      const { workers, submit, submitAll } = setUpPool({ runners: 1 });
      const batch = submitAll(Array.from({ length: bulk }, (_, index) => `text ${index}`));
      const queries = Array.from({ length: 40 }, (_, index) => submit(`query ${index}`, null));
      const [worker] = workers;
      worker?.ready();
      expect(worker && largest(worker)).toBe(expected);
      for (let round = 0; round < 60; round += 1) worker?.answer();
      await Promise.all([...queries, ...batch.map(({ result }) => result)]);
    }
  });

  it("has a thread answer for a group of which every text was cancelled, and hands it the next", async () => {
    const { workers, submit, submitAll } = setUpPool({ runners: 1 });
    const gone = submitAll(Array.from({ length: 40 }, (_, index) => `text ${index}`));
    workers[0]?.ready();
    for (const each of gone) each.cancel(new Error("left"));
    await Promise.allSettled(gone.map(({ result }) => result));
    const next = submit("next");
    for (let round = 0; round < 3; round += 1) workers[0]?.answer();
    expect((await next).tokens).toBe(4);
  });

  it("gives a worker bulk to turn to, however many queries it has at hand", async () => {
    const { workers, submit } = setUpPool({ runners: 1 });
    const queries = Array.from({ length: 20 }, (_, index) => submit(`query ${index}`, null));
    const bulk = submit("bulk");
    workers[0]?.ready();
    expect(workers[0]?.texts()).toContain("bulk");
    for (let round = 0; round < 20; round += 1) workers[0]?.answer();
    expect((await bulk).tokens).toBe(4);
    await Promise.all(queries);
  });

  it("asks for a second thread only when work piles up, once, and hands out twice as much when it is there", async () => {
    const { workers, submit } = setUpPool();
    const few = [submit("a"), submit("b")];
    const [worker] = workers;
    worker?.ready();
    const widened = () => worker?.received.flatMap(({ type, on }) => (type === "embed" ? [] : [`${type} on ${on}`]));
    expect(widened()).toEqual(["load on 0"]);
    const many = Array.from({ length: 20 }, (_, index) => submit(`text ${index}`));
    expect(widened()).toEqual(["load on 0", "widen on 0", "load on 1"]);
    expect(worker?.texts()).toEqual(["a", "b"]);
    worker?.ready(1);
    expect(worker?.texts(1)).toEqual(["text 0", "text 1"]);
    expect(worker?.texts(0)).toEqual(["a", "b"]);
    for (let round = 0; round < 12; round += 1) worker?.answer();
    await Promise.all([...few, ...many]);
    expect(workers).toHaveLength(1);
  });

  it("does with the threads there are when there is no room for another", async () => {
    const { workers, submit } = setUpPool();
    const texts = Array.from({ length: 9 }, (_, index) => submit(`text ${index}`));
    workers[0]?.ready();
    for (let round = 0; round < 9; round += 1) workers[0]?.answer();
    expect(await Promise.all(texts)).toHaveLength(9);
    expect(workers).toHaveLength(1);
  });

  it("gives a query to the thread with the least to do", async () => {
    const { workers, submit } = setUpPool();
    const bulk = Array.from({ length: 4 }, (_, index) => submit(`bulk ${index}`));
    const [worker] = workers;
    worker?.ready();
    worker?.ready(1);
    expect([worker?.texts(0), worker?.texts(1)]).toEqual([
      ["bulk 0", "bulk 1"],
      ["bulk 2", "bulk 3"],
    ]);
    const queries = ["first query", "second query"].map((text) => submit(text, null));
    expect([worker?.texts(0).at(-1), worker?.texts(1).at(-1)]).toEqual(["first query", "second query"]);
    worker?.answer();
    await Promise.all([...bulk, ...queries]);
  });

  it("replays what was with every thread of a worker that ended", async () => {
    const { workers, submit } = setUpPool();
    const texts = Array.from({ length: 4 }, (_, index) => submit(`text ${index}`));
    workers[0]?.ready();
    workers[0]?.ready(1);
    workers[0]?.events.onExit("SIGKILL");
    workers[1]?.ready();
    workers[1]?.ready(1);
    expect(workers[1]?.texts().toSorted()).toEqual(["text 0", "text 1", "text 2", "text 3"]);
    workers[1]?.answer();
    expect(await Promise.all(texts)).toHaveLength(4);
  });

  it("replays on a new worker what one took along, and gives up on a text that ends them all", async () => {
    const { workers, submit } = setUpPool({ runners: 1 });
    const poison = submit("poison").catch((error: unknown) => error);
    workers[0]?.ready();
    workers[0]?.events.onExit("SIGSEGV");
    workers[1]?.ready();
    expect(workers[1]?.texts()).toEqual(["poison"]);
    workers[1]?.events.onExit("SIGSEGV");
    workers[2]?.ready();
    workers[2]?.events.onExit("SIGSEGV");
    expect(await poison).toMatchObject({ code: "embedding.worker-lost" });
    const fine = submit("fine");
    workers.at(-1)?.ready();
    workers.at(-1)?.answer();
    expect((await fine).tokens).toBe(4);
  });

  it("tries alone what was with two workers that ended, so that the innocent among it are answered", async () => {
    const { workers, submit } = setUpPool({ runners: 1 });
    const poison = submit("poison").catch((error: unknown) => error);
    const innocent = submit("innocent");
    for (let end = 0; end < 2; end += 1) {
      workers[end]?.ready();
      expect(workers[end]?.texts()).toHaveLength(2);
      workers[end]?.events.onExit("SIGSEGV");
    }
    const later = submit("later");
    for (const _ of ["poison or innocent", "the other"]) {
      const worker = workers.at(-1);
      worker?.ready();
      expect(worker?.texts()).toHaveLength(1);
      if (worker?.texts()[0] === "poison") worker.events.onExit("SIGSEGV");
      else worker?.answer();
    }
    workers.at(-1)?.ready();
    workers.at(-1)?.answer();
    expect(await poison).toMatchObject({ code: "embedding.worker-lost" });
    expect((await innocent).tokens).toBe(8);
    workers.at(-1)?.answer();
    expect((await later).tokens).toBe(5);
  });

  it("lets a text be cancelled while it waits to be tried alone", async () => {
    const { workers, submit, submitAll } = setUpPool({ runners: 1 });
    const [submitted] = submitAll(["gone"]);
    const gone = submitted?.result.catch((error: unknown) => error);
    for (let end = 0; end < 2; end += 1) {
      workers[end]?.ready();
      workers[end]?.events.onExit("SIGSEGV");
    }
    submitted?.cancel(new Error("the client left"));
    expect(await gone).toMatchObject({ message: "the client left" });
    const next = submit("next");
    workers[2]?.ready();
    expect(workers[2]?.texts()).toEqual(["next"]);
    workers[2]?.answer();
    expect((await next).tokens).toBe(4);
  });

  it("stops starting workers that never come up", async () => {
    const { workers, submit } = setUpPool({ runners: 1 });
    const outcome = submit("text").catch((error: unknown) => error);
    for (let start = 0; start < 3; start += 1) workers[start]?.events.onExit("exit code 1");
    expect(await outcome).toMatchObject({ code: "embedding.worker-lost" });
    await turn();
    expect(workers).toHaveLength(3);
  });

  it("says why a model cannot be loaded, and tries again for the next text", async () => {
    const { workers, submit } = setUpPool();
    const outcome = submit("text").catch((error: unknown) => error);
    const message = "model.onnx is corrupt";
    workers[0]?.events.onMessage({ type: "unusable", code: "embedding.bad-model", message, hint: undefined }, 0);
    expect(await outcome).toMatchObject({ code: "embedding.bad-model", message: expect.stringContaining("corrupt") });
    expect(workers[0]?.ended).toBe(true);
    const next = submit("next");
    workers[1]?.ready();
    workers[1]?.answer();
    expect((await next).tokens).toBe(4);
  });

  it("forgets cancelled texts, waiting or with a worker", async () => {
    const { workers, submit, submitAll } = setUpPool({ runners: 1 });
    const all = submitAll(Array.from({ length: 4 }, (_, index) => `text ${index}`));
    workers[0]?.ready();
    const given = workers[0]?.texts().length ?? 0;
    for (const each of all) each.cancel(new Error("the client left"));
    for (const outcome of await Promise.allSettled(all.map(({ result }) => result)))
      expect(outcome.status).toBe("rejected");
    expect(given).toBeLessThan(4);
    expect(workers[0]?.received.filter(({ type }) => type === "cancel")).toHaveLength(given);
    const next = submit("next");
    workers[0]?.answer();
    workers[0]?.answer();
    expect((await next).tokens).toBe(4);
  });

  it("replaces a worker that grew, once it is done", async () => {
    const { workers, submit } = setUpPool({ runners: 1 });
    const first = submit("first");
    workers[0]?.ready();
    workers[0]?.resident(1_000);
    const late = submit("late");
    workers[0]?.resident(2_000);
    expect(workers[0]?.ended).toBe(false);
    workers[0]?.answer();
    await Promise.all([first, late]);
    expect(workers[0]?.ended).toBe(true);
    const second = submit("second");
    workers[1]?.ready();
    workers[1]?.answer();
    expect((await second).tokens).toBe(6);
  });

  it("ends idle workers and starts anew", async () => {
    const { workers, submit, pool } = setUpPool({ idleMs: 1 });
    const first = submit("first");
    workers[0]?.ready();
    workers[0]?.answer();
    await first;
    await expect.poll(() => workers[0]?.ended).toBe(true);
    expect(pool.state().pids).toEqual([]);
  });

  it("rejects what is unfinished when it is shut down", async () => {
    const { workers, submit, pool } = setUpPool();
    const outcome = submit("text").catch((error: unknown) => error);
    await pool[Symbol.asyncDispose]();
    expect(await outcome).toMatchObject({ code: "embedding.closed" });
    expect(workers[0]?.ended).toBe(true);
    await expect(submit("late")).rejects.toMatchObject({ code: "embedding.closed" });
  });
});
