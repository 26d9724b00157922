import { UserError, messageOf } from "../../errors.ts";
import { deviceNamed, type Device } from "./devices.ts";
import type { InferenceSession, Runtime } from "./runtime.ts";

export interface SessionOptions {
  readonly threads: number;
  /** Name of the device, such as `cpu` or `webgpu`. */
  readonly device: string;
}

/** One loaded graph: token ids in, the values of one output out. */
export interface Inference {
  /** Most tokens to run at once, padding included; 0 where one text at a time is best. */
  readonly batchTokens: number;
  /** Runs texts together, padded to the longest. `dims` is the output's shape, `values` its content, row-major. */
  run(
    texts: readonly (readonly number[])[],
  ): Promise<{ readonly values: Float32Array; readonly dims: readonly number[] }>;
  release(): Promise<void>;
}

/**
 * Loads a graph, from a file or from memory, and runs texts through `output` of it. Graphs of 8-bit integers take one at
 * a time: they scale activations by what else is in the batch, so that a text embedded in company would get another vector
 * than alone; and on a processor batches win no time.
 */
export async function openInference(
  runtime: Runtime,
  model: string | Uint8Array,
  output: string | null,
  options: SessionOptions,
): Promise<Inference> {
  const device = deviceNamed(options.device, runtime);
  const session = await open(runtime, model, device, options.threads);
  const wanted = output ?? hiddenStateOf(session);
  return {
    batchTokens: device.batchTokens,
    run: async (texts) => {
      const outputs = await session.run(feeds(runtime, session, texts, device.padTo));
      const tensor = outputs[wanted];
      if (!(tensor?.data instanceof Float32Array)) throw new Error(`the model has no float output "${wanted}"`);
      return { values: tensor.data, dims: tensor.dims };
    },
    release: () => session.release(),
  };
}

async function open(
  runtime: Runtime,
  model: string | Uint8Array,
  device: Device,
  threads: number,
): Promise<InferenceSession> {
  try {
    return await runtime.InferenceSession.create(model, device.sessionOptions(threads));
  } catch (error) {
    if (device.name === "cpu") throw error;
    throw new UserError("embedding.no-device", `the model does not run on "${device.name}": ${reasonOf(error)}`, {
      hint: `${device.needs} Without it, set DEVICE_TYPE to cpu.`,
      cause: error,
    });
  }
}

/** The runtime's own words, without the line of its source and the condition that it found broken. */
function reasonOf(error: unknown): string {
  return messageOf(error).split(" was false. ").at(-1)?.trim() ?? "";
}

/** Name of the output that holds one vector per token. */
export function hiddenStateOf({ outputNames }: { readonly outputNames: readonly string[] }): string {
  const known = ["last_hidden_state", "token_embeddings"].find((name) => outputNames.includes(name));
  return known ?? outputNames[0] ?? "";
}

function feeds(
  runtime: Runtime,
  session: InferenceSession,
  texts: readonly (readonly number[])[],
  padTo: number,
): Record<string, unknown> {
  const longest = texts.reduce((most, { length }) => Math.max(most, length), 0);
  const tokens = Math.ceil(longest / padTo) * padTo;
  const inputs: Record<string, unknown> = {};
  for (const name of session.inputNames) {
    const values = new BigInt64Array(texts.length * tokens);
    for (const [row, ids] of texts.entries()) {
      const start = row * tokens;
      if (name === "input_ids") for (const [at, id] of ids.entries()) values[start + at] = BigInt(id);
      else if (name === "attention_mask") values.fill(1n, start, start + ids.length);
      else if (name !== "token_type_ids") throw new Error(`the model wants an input "${name}" that is not known here`);
    }
    inputs[name] = new runtime.Tensor("int64", values, [texts.length, tokens]);
  }
  return inputs;
}
