import { fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import { UserError } from "../../errors.ts";
import { workerUrl } from "../../worker-url.ts";
import type { Pooling } from "./pool-graph.ts";

/** Raised whenever the rewriting of graphs changes, so that models prepared before are prepared anew. */
export const PREPARATION = "1";

/**
 * Least cosine between the vectors of the rewritten graph and the original's: order of additions only, rounded to eight
 * bits, or no longer rounded where the original is. (MiniLM's original in eight bits is 0.983 from the floats it was made
 * of at worst, the graph that is won back from it 0.995.)
 */
const LEAST_COSINE = { exact: 0.9999, rounded: 0.99, unrounded: 0.98 };

export interface PrepareRequest {
  /** Directory of the inference runtime. */
  readonly runtime: string;
  readonly weights: string;
  readonly tokenizer: string;
  /** File that the prepared graph is written to. */
  readonly target: string;
  readonly pooling: Pooling;
  readonly quantise: boolean;
  /** Whether the graph is to compute in floats, and texts of several lengths at once. */
  readonly floats: boolean;
  readonly clampBias: boolean;
  readonly windowTokens: number;
}

/** The lowest cosine over the probes, and how the arithmetic was changed. */
export type PrepareReply =
  | { readonly lowestCosine: number; readonly arithmetic: keyof typeof LEAST_COSINE }
  | { readonly failure: string };

/**
 * Rewrites a published model once for this machine (pooling inside the graph, 8-bit weights where asked) in a process of
 * its own, and compares its vectors with the original's on a set of probes.
 * @returns the lowest cosine over the probes
 * @throws UserError `embedding.bad-model` when the graph cannot be rewritten or its vectors are not the original's.
 */
export async function prepareModel(request: PrepareRequest, signal?: AbortSignal): Promise<number> {
  signal?.throwIfAborted();
  const child = fork(fileURLToPath(workerUrl(import.meta.url, "prepare-worker")), [], {
    stdio: ["ignore", "ignore", "ignore", "ipc"],
    execArgv: [],
  });
  const abort = () => child.kill("SIGKILL");
  signal?.addEventListener("abort", abort, { once: true });
  try {
    const reply = await new Promise<PrepareReply>((resolve, reject) => {
      child.once("message", (message: PrepareReply) => resolve(message));
      child.once("error", reject);
      child.once("exit", (code, by) => resolve({ failure: `preparing it ended with ${by ?? `exit code ${code}`}` }));
      child.send(request);
    });
    signal?.throwIfAborted();
    const least = LEAST_COSINE["arithmetic" in reply ? reply.arithmetic : "exact"];
    if ("lowestCosine" in reply && reply.lowestCosine >= least) return reply.lowestCosine;
    throw new UserError(
      "embedding.bad-model",
      "failure" in reply
        ? `the model cannot be prepared: ${reply.failure}`
        : `the prepared model strays from its original (cosine ${reply.lowestCosine.toFixed(4)}, at least ${least} wanted)`,
      { hint: "Choose another model (`codelab-mcp models list`), or check that there is memory to spare." },
    );
  } finally {
    signal?.removeEventListener("abort", abort);
    child.kill("SIGKILL");
  }
}
