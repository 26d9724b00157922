import { parentPort, workerData } from "node:worker_threads";
import { messageOf, UserError } from "../../errors.ts";
import { openInference } from "./inference.ts";
import type { Inference } from "./inference.ts";
import { POOLED_OUTPUT } from "./pool-graph.ts";
import { loadRuntime } from "./runtime.ts";
import type { FromRunner, RunnerOptions } from "./worker-protocol.ts";

// The runtime computes on the thread that calls it. Each of these threads holds the model once and does nothing else, so
// that the process they belong to goes on taking, cutting and cancelling texts while they compute.
const options = workerData as RunnerOptions;

try {
  const inference = await openInference(loadRuntime(options.runtime), options.graph, POOLED_OUTPUT, options);
  // The first run plans memory and kernels; nobody's first text should wait for it.
  await inference.run(options.warmUp);
  parentPort?.on("message", (ids: readonly number[]) => void compute(inference, ids));
  tell({ type: "ready" });
} catch (error) {
  const known = error instanceof UserError ? error : undefined;
  tell({ type: "unusable", code: known?.code ?? "embedding.bad-model", message: messageOf(error), hint: known?.hint });
}

async function compute(inference: Inference, ids: readonly number[]): Promise<void> {
  try {
    const { values } = await inference.run(ids);
    // Copied: what the runtime hands out is part of its own memory.
    const vector = values.slice();
    tell({ type: "done", vector }, [vector.buffer]);
  } catch (error) {
    tell({ type: "failed", message: messageOf(error) });
  }
}

function tell(message: FromRunner, transfer: ArrayBuffer[] = []): void {
  parentPort?.postMessage(message, transfer);
}
