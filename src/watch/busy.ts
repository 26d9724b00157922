import os from "node:os";

/** Whether more work waits for the processor than it has cores; never on systems that do not tell. */
export function isMachineBusy(): boolean {
  const [lastMinute = 0] = os.loadavg();
  return lastMinute > os.availableParallelism();
}
