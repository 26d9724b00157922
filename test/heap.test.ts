import { execFileSync } from "node:child_process";
import { expect, it } from "vitest";

/** Peak heap in bytes of a process in which a share of what it keeps is replaced all the time. */
function peakHeap(prologue: string): number {
  const program = `
    ${prologue}
    const kept = Array.from({ length: 600_000 }, (_, index) => ({ index, name: "n" + index }));
    const recent = new Map();
    let peak = 0;
    for (let n = 0; n < 3_000_000; n++) {
      recent.set(n % 100_000, { n, text: "some text " + n });
      if (n % 5_000 === 0) peak = Math.max(peak, process.memoryUsage().heapTotal);
    }
    console.log(peak, kept.length);`;
  return Number.parseInt(
    execFileSync(process.execPath, ["--input-type=module", "-e", program], { encoding: "utf8" }),
    10,
  );
}

it("keeps the heap nearer to what is in use", () => {
  const url = new URL("../dist/heap.js", import.meta.url).href;
  const usual = peakHeap("");
  const small = peakHeap(`(await import(${JSON.stringify(url)})).keepHeapSmall();`);
  expect(small).toBeLessThan(usual);
});
