import type { InferenceSession, Runtime } from "./runtime.ts";

export interface SessionOptions {
  readonly threads: number;
  /** Execution provider of the runtime, such as `cpu` or `webgpu`. */
  readonly device: string;
}

/** One loaded graph: token ids in, the values of one output out. */
export interface Inference {
  /** Runs one text. `dims` is the output's shape, `values` its content, row-major. */
  run(ids: readonly number[]): Promise<{ readonly values: Float32Array; readonly dims: readonly number[] }>;
  release(): Promise<void>;
}

/**
 * Loads a graph, from a file or from memory, and runs texts through `output` of it, one at a time: 8-bit graphs scale
 * activations by what else is in the batch, so that a text embedded in company would get another vector than alone; and
 * on a processor batches win no time.
 */
export async function openInference(
  runtime: Runtime,
  model: string | Uint8Array,
  output: string | null,
  options: SessionOptions,
): Promise<Inference> {
  const session = await runtime.InferenceSession.create(model, sessionOptions(options));
  const wanted = output ?? hiddenStateOf(session);
  return {
    run: async (ids) => {
      const outputs = await session.run(feeds(runtime, session, ids));
      const tensor = outputs[wanted];
      if (!(tensor?.data instanceof Float32Array)) throw new Error(`the model has no float output "${wanted}"`);
      return { values: tensor.data, dims: tensor.dims };
    },
    release: () => session.release(),
  };
}

/** Name of the output that holds one vector per token. */
export function hiddenStateOf({ outputNames }: { readonly outputNames: readonly string[] }): string {
  const known = ["last_hidden_state", "token_embeddings"].find((name) => outputNames.includes(name));
  return known ?? outputNames[0] ?? "";
}

function feeds(runtime: Runtime, session: InferenceSession, ids: readonly number[]): Record<string, unknown> {
  const tensor = (value: (id: number) => bigint) =>
    new runtime.Tensor("int64", BigInt64Array.from(ids, value), [1, ids.length]);
  const known: Readonly<Record<string, () => unknown>> = {
    input_ids: () => tensor(BigInt),
    attention_mask: () => tensor(() => 1n),
    token_type_ids: () => tensor(() => 0n),
  };
  return Object.fromEntries(
    session.inputNames.map((name) => {
      const make = known[name];
      if (make === undefined) throw new Error(`the model wants an input "${name}" that is not known here`);
      return [name, make()];
    }),
  );
}

function sessionOptions({ threads, device }: SessionOptions): Record<string, unknown> {
  return {
    executionProviders: device === "cpu" ? ["cpu"] : [device, "cpu"],
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
    graphOptimizationLevel: "all",
    // Without the arena every large tensor is mapped and unmapped anew, which takes half the time of a long text. It keeps
    // the memory of the longest text, which is bounded here: one window at a time.
    enableCpuMemArena: true,
    // Plans memory per input length, and would keep a plan for each of hundreds of lengths.
    enableMemPattern: false,
    // Waiting threads that spin take the core from whoever else works on this machine.
    extra: { session: { intra_op: { allow_spinning: "0" } } },
  };
}
