import { getHeapSpaceStatistics, setFlagsFromString } from "node:v8";
import type { Worker } from "node:worker_threads";

/** Bytes of the nursery: four times what V8 begins with, a quarter of what it goes to. With less, searches take longer. */
export const NURSERY_BYTES = 8_388_608;
const GROWS_BY = 4;

/**
 * Makes this process use less memory for some hundredths more processor time: garbage is collected when the heap has grown
 * by a fifth, not, as is usual, when it is several times what was in use, and the nursery stays small. For processes of
 * our own only, at their very start.
 */
export function keepHeapSmall(): void {
  // V8 reads these two whenever it needs them; the flag that bounds the nursery it has read by now.
  setFlagsFromString("--heap-growing-percent=20");
  growNursery();
  // The heap of a new thread puts the factor back to 2, for all heaps: until it runs, the nursery may double once.
  process.on("worker", (worker: Worker) => worker.once("online", keepNursery));
}

/** Lets the nursery grow once. It does when more than it holds has lived on, so some kilobytes at a time are kept alive. */
function growNursery(): void {
  if (nurseryBytes() > NURSERY_BYTES / GROWS_BY) return keepNursery();
  setFlagsFromString(`--semi-space-growth-factor=${GROWS_BY}`);
  const kept: number[][] = [];
  while (nurseryBytes() < NURSERY_BYTES && kept.length < MOST_KEPT) kept.push(Array.from({ length: 8_000 }, () => 0));
  keepNursery();
}

/** Far more than it takes. */
const MOST_KEPT = 100;

function keepNursery(): void {
  setFlagsFromString("--semi-space-growth-factor=1");
}

function nurseryBytes(): number {
  return getHeapSpaceStatistics().find(({ space_name: name }) => name === "new_space")?.space_size ?? NURSERY_BYTES;
}

/**
 * Makes V8 prefer memory to speed also in what it compiles and keeps: 6 MB less for the embedding service under load, whose
 * users hold what is resident against it. For processes that compute elsewhere.
 */
export function keepHeapSmallest(): void {
  setFlagsFromString("--optimize-for-size");
  // A small nursery is collected every thirty requests or so: alone that takes less than to wake threads for it, which would
  // have to wait for a core besides.
  setFlagsFromString("--no-parallel-scavenge");
}
