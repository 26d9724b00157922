import { UserError, messageOf } from "../../errors.ts";
import { deviceNamed } from "./devices.ts";
import type { InferenceSession, Runtime } from "./runtime.ts";

export interface SessionOptions {
  readonly threads: number;
  /** Name of the device, such as `cpu` or `webgpu`. */
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
  const session = await open(runtime, model, options);
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

async function open(runtime: Runtime, model: string | Uint8Array, options: SessionOptions): Promise<InferenceSession> {
  const device = deviceNamed(options.device, runtime);
  try {
    return await runtime.InferenceSession.create(model, device.sessionOptions(options.threads));
  } catch (error) {
    if (device.name === "cpu") throw error;
    throw new UserError("embedding.no-device", `the model does not run on "${device.name}": ${messageOf(error)}`, {
      hint: "Install what the device needs, or set DEVICE_TYPE to cpu.",
      cause: error,
    });
  }
}

/** Name of the output that holds one vector per token. */
export function hiddenStateOf({ outputNames }: { readonly outputNames: readonly string[] }): string {
  const known = ["last_hidden_state", "token_embeddings"].find((name) => outputNames.includes(name));
  return known ?? outputNames[0] ?? "";
}

function feeds(runtime: Runtime, session: InferenceSession, ids: readonly number[]): Record<string, unknown> {
  const inputs: Record<string, unknown> = {};
  for (const name of session.inputNames) {
    const values = new BigInt64Array(ids.length);
    if (name === "input_ids") for (const [at, id] of ids.entries()) values[at] = BigInt(id);
    else if (name === "attention_mask") values.fill(1n);
    else if (name !== "token_type_ids") throw new Error(`the model wants an input "${name}" that is not known here`);
    inputs[name] = new runtime.Tensor("int64", values, [1, ids.length]);
  }
  return inputs;
}
