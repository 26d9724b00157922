import { execFileSync, spawn } from "node:child_process";
import { hostname } from "node:os";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { makeState } from "../contract/make-chunks.ts";
import { TempStore } from "./temp-store.ts";

let place: TempStore;
let time: number;
const clock = () => time;

beforeEach(async () => {
  place = await TempStore.create();
  time = 1_000_000;
});
afterEach(() => place[Symbol.asyncDispose]());

async function writeHolder(pid: number, host: string, heartbeat: number): Promise<void> {
  const db = await place.openTables();
  db.run("INSERT OR REPLACE INTO lease VALUES (1, 'someone', ?, ?, ?)", pid, host, heartbeat);
}

/** The id of a process that was, and is no more. */
function deadProcess(): number {
  return Number(execFileSync(process.execPath, ["-p", "process.pid"], { encoding: "utf8" }));
}

describe("the writer's lease", () => {
  it("is taken over at once from a process of this machine that is dead", async () => {
    const store = await place.open(clock);
    await writeHolder(deadProcess(), hostname(), time);
    expect(await store.acquireLease()).toBe(true);
  });

  it("is left to a process that lives, and to another machine while it is heard of", async () => {
    const store = await place.open(clock);
    await writeHolder(process.pid, hostname(), time);
    expect(await store.acquireLease()).toBe(false);
    await writeHolder(deadProcess(), "elsewhere", time);
    expect(await store.acquireLease()).toBe(false);
    time += 31_000;
    expect(await store.acquireLease()).toBe(true);
  });

  it("is kept by writing, and lost by silence", async () => {
    const [writer, other] = [await place.open(clock), await place.open(clock)];
    expect(await writer.acquireLease()).toBe(true);
    for (let round = 0; round < 4; round++) {
      time += 20_000;
      await writer.apply({ put: [], remove: [], touch: [makeState("a.ts")] });
      expect(await other.acquireLease()).toBe(false);
    }
    time += 40_000;
    expect(await other.acquireLease()).toBe(true);
    const late = writer.apply({ put: [], remove: ["a.ts"], touch: [] });
    await expect(late).rejects.toMatchObject({ code: "store.lease-lost" });
    expect(await other.source("a.ts")).not.toBeNull();
    expect(await writer.acquireLease()).toBe(false);
  });

  it("does not write to renew what is fresh", async () => {
    const store = await place.open(clock);
    await store.acquireLease();
    const db = await place.openTables();
    const heartbeat = () => db.get<{ heartbeat: number }>("SELECT heartbeat FROM lease")?.heartbeat;
    time += 5000;
    await store.acquireLease();
    expect(heartbeat()).toBe(time - 5000);
    time += 6000;
    await store.acquireLease();
    expect(heartbeat()).toBe(time);
  });

  it("goes to exactly one of several processes that want it at the same moment", async () => {
    await place.open();
    const module = new URL("../../dist/store/embedded-store.js", import.meta.url).href;
    const script = `const { openEmbeddedStore } = await import(${JSON.stringify(module)});
      const log = { debug() {}, info() {}, warn() {}, error() {} };
      const store = await openEmbeddedStore(process.argv[1], { log });
      process.stdout.write((await store.acquireLease()) ? "got it" : "no");
      process.stdin.resume().on("end", () => process.exit());`;
    const children = Array.from({ length: 3 }, () =>
      spawn(process.execPath, ["--input-type=module", "-e", script, place.path]),
    );
    const said = children.map(
      (child) => new Promise<string>((resolve) => child.stdout.once("data", (data: Buffer) => resolve(String(data)))),
    );
    expect((await Promise.all(said)).toSorted()).toEqual(["got it", "no", "no"]);
    const closed = children.map((child) => new Promise((resolve) => child.once("close", resolve)));
    for (const child of children) child.stdin.end();
    await Promise.all(closed);
  });
});
