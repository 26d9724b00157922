import { execFileSync } from "node:child_process";
import { describe, expect, it } from "vitest";
import { NURSERY_BYTES } from "../src/heap.ts";

const KEEP = `(await import(${JSON.stringify(new URL("../dist/heap.js", import.meta.url).href)})).keepHeapSmall();`;

/** What a process of its own prints. */
function printed(program: string): number {
  return Number.parseInt(
    execFileSync(process.execPath, ["--input-type=module", "-e", program], { encoding: "utf8" }),
    10,
  );
}

/** Peak heap in bytes of a process in which a share of what it keeps is replaced all the time. */
function peakHeap(prologue: string): number {
  return printed(`
    ${prologue}
    const kept = Array.from({ length: 600_000 }, (_, index) => ({ index, name: "n" + index }));
    const recent = new Map();
    let peak = 0;
    for (let n = 0; n < 3_000_000; n++) {
      recent.set(n % 100_000, { n, text: "some text " + n });
      if (n % 5_000 === 0) peak = Math.max(peak, process.memoryUsage().heapTotal);
    }
    console.log(peak, kept.length);`);
}

/** Bytes of the nursery of a process that kept much alive, before and after it started a thread. */
function nursery(prologue: string): number {
  return printed(`
    import { once } from "node:events";
    import { getHeapSpaceStatistics } from "node:v8";
    import { Worker } from "node:worker_threads";
    ${prologue}
    const keepMuch = () => Array.from({ length: 1_000_000 }, (_, index) => ({ index })).length;
    keepMuch();
    const worker = new Worker("setInterval(() => {}, 1000)", { eval: true });
    await once(worker, "online");
    keepMuch();
    await worker.terminate();
    console.log(getHeapSpaceStatistics().find((space) => space.space_name === "new_space").space_size);`);
}

describe("keepHeapSmall", () => {
  it("keeps the heap nearer to what is in use", () => {
    expect(peakHeap(KEEP)).toBeLessThan(peakHeap(""));
  });

  it("bounds the nursery, also once there are threads", () => {
    expect(nursery("")).toBeGreaterThan(2 * NURSERY_BYTES);
    expect(nursery(KEEP)).toBeLessThanOrEqual(2 * NURSERY_BYTES);
  });
});
