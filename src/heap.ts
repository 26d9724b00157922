import { setFlagsFromString } from "node:v8";

/**
 * Makes this process collect garbage when its heap has grown by a fifth, not, as is usual, when it is several times what
 * was in use: a quarter less memory for some hundredths more processor time. For processes of our own only, at their start.
 */
export function keepHeapSmall(): void {
  // V8 reads this one at each collection, so that it may be set while it runs.
  setFlagsFromString("--heap-growing-percent=20");
}
